package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;

/** Takes what a {@link LifecycleWatch} brings, on one thread. */
public interface LifecycleWatcher {
  /** The next event, a cloud event in structured form. */
  void event(JsonNode event);

  /** From here on nothing is missed, until the stream breaks. Does nothing unless overridden. */
  default void following() {}

  /**
   * The stream broke, or fell behind, and is made anew; what happens until {@link #following} is
   * not told. Does nothing unless overridden.
   */
  default void reconnecting(CapstanException reason) {}
}
