package dev.capstan.worker;

import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Limits;

/**
 * What an attempt shows while it runs, on both of its streams, within one allowance. Most attempts
 * show nothing, so it is made for those that do. Any thread.
 */
final class ShownOutput {
  private final StreamedOutput stdout;
  private final StreamedOutput stderr;

  ShownOutput(Session session, Node node, Attempt attempt) {
    Limits limits = node.options().limits();
    Allowance allowance =
        new Allowance(limits.streamedBytes(), limits.streamedBytesPerSecond(), System.nanoTime());
    this.stdout = streamed(session, node, attempt, Attempt.Stream.STDOUT, allowance);
    this.stderr = streamed(session, node, attempt, Attempt.Stream.STDERR, allowance);
  }

  private static StreamedOutput streamed(
      Session session, Node node, Attempt attempt, Attempt.Stream stream, Allowance allowance) {
    return new StreamedOutput(
        allowance,
        bytes -> session.outbox().offer(Wire.chunk(attempt.token(), stream, bytes)),
        node.counters(),
        node.timer());
  }

  void write(Attempt.Stream stream, byte[] bytes, int offset, int length) {
    switch (stream) {
      case STDOUT -> stdout.write(bytes, offset, length);
      case STDERR -> stderr.write(bytes, offset, length);
    }
  }

  /** Sends what is left. */
  void finish() {
    stdout.finish();
    stderr.finish();
  }
}
