package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;

/**
 * Hears what running attempts say of themselves. Nothing of it is stored. Called on the threads of
 * sessions; must not block.
 */
public interface AttemptSignals {

  /** How far an attempt says it is: 0 to 1, negative when unknown. */
  void progress(AttemptToken token, double fraction, String message);

  /**
   * A piece of what an attempt's program printed.
   *
   * @param stream {@code stdout} or {@code stderr}
   */
  void output(AttemptToken token, String taskName, String reference, String stream, String text);
}
