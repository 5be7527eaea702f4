package dev.capstan.server.nodes;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns a stream of bytes into text when its pieces may cut characters; what is no UTF-8 becomes
 * U+FFFD.
 */
final class Utf8Chunks {
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] rest = new byte[0];

  /** The text of this piece, with what was left of the one before. */
  String next(byte[] piece) {
    ByteBuffer in = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    decoder.decode(in, out, false);
    rest = new byte[in.remaining()];
    in.get(rest);
    return out.flip().toString();
  }
}
