package dev.capstan.worker.process;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What is kept of one stream of a program: all of it up to a limit, or only its end. Safe for
 * concurrent use.
 */
final class Capture {

  /** How much of a stream's end an error shows. */
  private static final int TAIL_BYTES = 2048;

  private final int limit;
  private final boolean whole;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private boolean overflowed;
  private boolean cut;

  private Capture(int limit, boolean whole) {
    this.limit = limit;
    this.whole = whole;
  }

  /** Keeps everything; more than {@code limit} bytes are an overflow. */
  static Capture whole(int limit) {
    return new Capture(limit, true);
  }

  /** Keeps the end only, and never overflows. */
  static Capture tail() {
    return new Capture(2 * TAIL_BYTES, false);
  }

  /** Takes more bytes; false once there are too many. */
  synchronized boolean write(byte[] bytes, int length) {
    if (whole) {
      int room = limit - kept.size();
      kept.write(bytes, 0, Math.min(room, length));
      overflowed |= length > room;
      return !overflowed;
    }
    kept.write(bytes, 0, length);
    if (kept.size() > limit) {
      byte[] all = kept.toByteArray();
      kept.reset();
      kept.write(all, all.length - TAIL_BYTES, TAIL_BYTES);
      cut = true;
    }
    return true;
  }

  synchronized boolean overflowed() {
    return overflowed;
  }

  int limit() {
    return limit;
  }

  /** What was kept, as UTF-8. */
  synchronized String text() {
    return kept.toString(StandardCharsets.UTF_8);
  }

  /** The last bytes of what was kept, as UTF-8. */
  synchronized String end() {
    byte[] all = kept.toByteArray();
    int from = Math.max(0, all.length - TAIL_BYTES);
    String text = new String(all, from, all.length - from, StandardCharsets.UTF_8).strip();
    return cut || from > 0 ? "…" + text : text;
  }
}
