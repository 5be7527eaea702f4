package dev.capstan.worker.container;

import dev.capstan.worker.executor.Attempt;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * Output on its way, counted: an engine may end the streams of a container that does not read all
 * of its input before it has passed on what the container wrote. The rest is in its log then.
 */
final class Taken implements Frames.Sink {
  private final Frames.Sink to;
  private final Map<Attempt.Stream, Long> counts = new EnumMap<>(Attempt.Stream.class);

  Taken(Frames.Sink to) {
    this.to = to;
  }

  @Override
  public synchronized void take(Attempt.Stream stream, byte[] bytes, int length)
      throws IOException {
    counts.merge(stream, (long) length, Long::sum);
    to.take(stream, bytes, length);
  }

  /** Takes all that was written from its beginning, and passes on what was not taken before. */
  synchronized Frames.Sink rest() {
    Map<Attempt.Stream, Long> known = new EnumMap<>(counts);
    return (stream, bytes, length) -> {
      long before = known.getOrDefault(stream, 0L);
      int skipped = (int) Math.min(before, length);
      known.put(stream, before - skipped);
      if (skipped < length) {
        to.take(stream, Arrays.copyOfRange(bytes, skipped, length), length - skipped);
      }
    };
  }
}
