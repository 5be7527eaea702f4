package dev.capstan.worker.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body of so many bytes. */
final class FixedBody extends InputStream {

  private final InputStream in;
  private long left;

  FixedBody(InputStream in, long length) {
    this.in = in;
    this.left = length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left <= 0) {
      return -1;
    }
    int count = in.read(bytes, offset, (int) Math.min(left, length));
    if (count < 0) {
      throw new EOFException("The engine closed the connection within its answer");
    }
    left -= count;
    return count;
  }
}
