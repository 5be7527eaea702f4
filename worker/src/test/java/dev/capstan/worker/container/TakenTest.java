package dev.capstan.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.worker.executor.Attempt.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TakenTest {
  private final Map<Stream, StringBuilder> written = new EnumMap<>(Stream.class);
  private final Taken taken =
      new Taken((stream, bytes, length) ->
          written
              .computeIfAbsent(stream, _ -> new StringBuilder())
              .append(new String(bytes, 0, length, StandardCharsets.UTF_8)));

  private static void take(Frames.Sink sink, Stream stream, String text) throws IOException {
    byte[] bytes = (text + "#").getBytes(StandardCharsets.UTF_8);
    sink.take(stream, bytes, bytes.length - 1);
  }

  @Test
  void theRestOfEachStreamFollowsWhatWasTaken() throws IOException {
    take(taken, Stream.STDOUT, "abc");
    take(taken, Stream.STDERR, "x");

    Frames.Sink rest = taken.rest();
    take(rest, Stream.STDOUT, "ab");
    take(rest, Stream.STDERR, "xyz");
    take(rest, Stream.STDOUT, "cde");
    take(rest, Stream.STDOUT, "f");

    assertThat(written.get(Stream.STDOUT)).hasToString("abcdef");
    assertThat(written.get(Stream.STDERR)).hasToString("xyz");
  }

  @Test
  void whatWasTakenWholeHasNoRest() throws IOException {
    take(taken, Stream.STDOUT, "abc");

    take(taken.rest(), Stream.STDOUT, "abc");

    assertThat(written.get(Stream.STDOUT)).hasToString("abc");
  }
}
