package dev.capstan.worker.rpc;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the data of server-sent events (HTML Living Standard, section 9.2) one by one. Used by one
 * thread.
 */
public final class EventStream {

  /** An event is larger than allowed. */
  public static final class TooLarge extends IOException {

    private TooLarge() {
      super("too many bytes");
    }
  }

  private final InputStream in;
  private final int limit;
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private boolean afterReturn;
  private boolean hasData;

  /** Events of so many bytes at most. */
  public EventStream(InputStream in, int limit) {
    this.in = new BufferedInputStream(in);
    this.limit = limit;
  }

  /** The data of the next event that has any; null at the end. An event that breaks off is none. */
  public byte @Nullable [] next() throws IOException {
    data.reset();
    hasData = false;
    for (byte[] line = line(); line != null; line = line()) {
      if (line.length > 0) {
        take(line);
      } else if (hasData) {
        return data.toByteArray();
      }
    }
    return null;
  }

  private void take(byte[] line) throws IOException {
    String start = new String(line, 0, Math.min(line.length, 5), StandardCharsets.ISO_8859_1);
    boolean bare = line.length == 4 && start.equals("data");
    if (!start.equals("data:") && !bare) {
      return;
    }
    if (hasData) {
      data.write('\n');
    }
    hasData = true;
    int from = line.length > 5 && line[5] == ' ' ? 6 : Math.min(line.length, 5);
    if (line.length - from > limit - data.size()) {
      throw new TooLarge();
    }
    data.write(line, from, line.length - from);
  }

  /** Lines end with a line feed, a carriage return, or both. */
  private byte @Nullable [] line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      boolean second = afterReturn && next == '\n';
      afterReturn = next == '\r';
      if (second) {
        continue;
      }
      if (next == '\n' || next == '\r') {
        return line.toByteArray();
      }
      // A line of the largest event has its name, a colon and a space, too.
      if (line.size() >= limit + 6L) {
        throw new TooLarge();
      }
      line.write(next);
    }
    return null;
  }
}
