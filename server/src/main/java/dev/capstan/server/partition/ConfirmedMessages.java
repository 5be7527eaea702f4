package dev.capstan.server.partition;

import dev.capstan.core.decision.Effect;
import dev.capstan.server.gateway.Refusal;

/**
 * Tells a node that messages which it handed over are safe, once they are. What was not wanted has
 * no row of its own, and waits for the rows that it was judged by.
 */
record ConfirmedMessages(Effect.ConfirmMessages what, NodeBoard nodes) implements Answer {

  @Override
  public void committed(long index) {
    nodes.confirm(what.token(), what.node(), what.number());
  }

  /** The message comes again, to the next leader. */
  @Override
  public void refused(Refusal reason) {}
}
