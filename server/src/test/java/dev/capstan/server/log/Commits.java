package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What tests ask of whoever leads: on a busy machine that is another replica at any moment. */
final class Commits {
  private Commits() {}

  /** A log and what its replica has applied. */
  interface Applying {
    ReplicatedLog log();

    RecordingConsumer consumer();

    default boolean leads() {
      return log().role().leads();
    }
  }

  /** One of the replicas that leads, waiting for it. */
  static <R extends Applying> R leader(Supplier<Stream<R>> replicas) {
    return await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> replicas.get().filter(Applying::leads).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  /** Has an entry committed once, and tells its index. */
  static long commit(Supplier<? extends Applying> leader, String text) {
    while (true) {
      try {
        return leader
            .get()
            .log()
            .propose(text.getBytes(StandardCharsets.UTF_8))
            .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .join();
      } catch (CompletionException e) {
        OptionalLong index = indexAfter(e, leader, text);
        if (index.isPresent()) {
          return index.getAsLong();
        }
      }
    }
  }

  /** Of an entry whose proposal failed; none when it may be proposed again. */
  private static OptionalLong indexAfter(
      CompletionException failure, Supplier<? extends Applying> leader, String text) {
    return switch (failure.getCause()) {
      case LogException.NotLeader _ -> OptionalLong.empty();
      // Whoever leads next has applied it, or it is lost.
      case LogException.OutcomeUnknown _ -> leader.get().consumer().indexOf(text);
      case null, default -> throw failure;
    };
  }
}
