package dev.capstan.worker.asyncapi.kafka;

import org.apache.kafka.common.KafkaException;

/** Translates between the library's way to be interrupted and Java's. */
final class Interrupts {

  private Interrupts() {}

  /** The library sets the flag and throws an exception of its own. */
  static InterruptedException taken() {
    var _ = Thread.interrupted();
    return new InterruptedException();
  }

  /** Lets something be closed in spite of an interrupt, which it would take as one of its own. */
  static void without(Runnable closing) {
    boolean interrupted = Thread.interrupted();
    try {
      closing.run();
    } catch (KafkaException e) {
      // What could not be said in leaving, the brokers find out by themselves.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
