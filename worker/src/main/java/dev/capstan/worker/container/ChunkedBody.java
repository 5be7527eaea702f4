package dev.capstan.worker.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body in chunks (RFC 9112, 7.1). What stands behind the last one is not read. */
final class ChunkedBody extends InputStream {

  private static final int HEXADECIMAL = 16;

  private final InputStream in;
  private long left;
  private boolean begun;
  private boolean ended;

  ChunkedBody(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left == 0 && !ended) {
      beginChunk();
    }
    if (ended) {
      return -1;
    }
    int count = in.read(bytes, offset, (int) Math.min(left, length));
    if (count < 0) {
      throw new EOFException("The engine closed the connection within its answer");
    }
    left -= count;
    return count;
  }

  private void beginChunk() throws IOException {
    if (begun && !Exchange.line(in).isEmpty()) {
      throw new IOException("The engine's answer has a chunk that does not end");
    }
    begun = true;
    String line = Exchange.line(in);
    int extensions = line.indexOf(';');
    String size = (extensions < 0 ? line : line.substring(0, extensions)).strip();
    try {
      left = Long.parseLong(size, HEXADECIMAL);
    } catch (NumberFormatException e) {
      throw new IOException("The engine's answer has a chunk of the size '" + size + "'", e);
    }
    if (left < 0) {
      throw new IOException("The engine's answer has a chunk of a negative size");
    }
    ended = left == 0;
  }
}
