package dev.capstan.worker.container;

import dev.capstan.worker.executor.Attempt;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Both streams of a container on one connection: frames of stream number and length, and bytes. */
final class Frames {

  /** Takes what was read. */
  interface Sink {
    void take(Attempt.Stream stream, byte[] bytes, int length) throws IOException;
  }

  private static final int BUFFER_BYTES = 16 * 1024;

  private static final int STDERR = 2;

  private static final int UNUSED_BYTES = 3;

  private Frames() {}

  /** Reads to the end. */
  static void read(InputStream in, Sink sink) throws IOException {
    DataInputStream frames = new DataInputStream(in);
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int stream = frames.read(); stream >= 0; stream = frames.read()) {
      frames.skipNBytes(UNUSED_BYTES);
      long left = Integer.toUnsignedLong(frames.readInt());
      while (left > 0) {
        int count = frames.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (count < 0) {
          throw new EOFException("The engine closed a container's streams within a frame");
        }
        sink.take(stream == STDERR ? Attempt.Stream.STDERR : Attempt.Stream.STDOUT, buffer, count);
        left -= count;
      }
    }
  }
}
