package dev.capstan.server;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * How long tests wait for what must come. The limit is there for the test that would never end: a
 * machine with many tests at a time needs seconds for what takes a moment otherwise.
 */
public final class Patience {
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private Patience() {}

  /** Waits with patience. */
  public static ConditionFactory await() {
    return Awaitility.await().atMost(PATIENCE);
  }
}
