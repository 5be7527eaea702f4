package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import org.jspecify.annotations.Nullable;

/** An attempt that a node has. The text decoders belong to the thread of the node's session. */
final class HeldAttempt {
  final AttemptToken token;
  final String taskName;
  final String reference;
  final Utf8Chunks stdout = new Utf8Chunks();
  final Utf8Chunks stderr = new Utf8Chunks();
  volatile @Nullable AttemptProgress progress;

  /** Whether it was taken from the node, which is to stop it. */
  boolean moved;

  HeldAttempt(AttemptToken token, String taskName, String reference) {
    this.token = token;
    this.taskName = taskName;
    this.reference = reference;
  }
}
