package dev.capstan.server.partition;

/** One decision would write more than the log takes. */
final class OversizedDecision extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OversizedDecision(long bytes, long limit) {
    super(
        "One step of the execution would store "
            + bytes
            + " bytes; at most "
            + limit
            + " are allowed.",
        null,
        false,
        false);
  }
}
