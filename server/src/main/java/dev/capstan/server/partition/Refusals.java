package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refusals that come from the state of the partition rather than from a request. */
final class Refusals {
  private static final Duration RETRY = Duration.ofMillis(200);

  private Refusals() {}

  static Refusal notReady(@Nullable String leader) {
    String message =
        leader == null
            ? "This coordinator does not lead the partition, and no leader is known."
            : "This coordinator does not lead the partition; " + leader + " does.";
    return new Refusal(
        Refusal.Code.NOT_READY,
        message,
        "Nothing was done. Try again, or ask the leader.",
        RETRY,
        List.of());
  }

  static Refusal stopping() {
    return new Refusal(
        Refusal.Code.NOT_READY,
        "This coordinator stops.",
        "Nothing was done. Try again when it is back, or ask another one.",
        RETRY,
        List.of());
  }

  static Refusal unknown() {
    return new Refusal(
        Refusal.Code.OUTCOME_UNKNOWN,
        "The leadership changed while the request was on its way to the disk; it may or may not have been carried out.",
        "Look, or send it again: with the same id or idempotency key it is carried out once.",
        RETRY,
        List.of());
  }

  static Refusal failed() {
    return new Refusal(
        Refusal.Code.STORAGE_FAILED,
        "This coordinator's storage failed, and it has stopped.",
        "See the server's log for the reason; another coordinator may serve the request.");
  }

  /** What a failed proposal means for those who wait for it. */
  static Refusal of(Throwable failure) {
    return switch (failure) {
      case LogException.NotLeader e -> notReady(e.leader());
      case LogException.Full _, LogException.Closed _ -> notReady(null);
      case LogException.Failed _, LogException.TooLarge _ -> failed();
      default -> unknown();
    };
  }
}
