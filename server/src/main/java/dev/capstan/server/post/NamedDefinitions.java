package dev.capstan.server.post;

import dev.capstan.core.decision.Message;
import dev.capstan.server.partition.Definitions;
import java.util.concurrent.CompletableFuture;

/**
 * What is known here of the definitions that messages name. The first partition has them, and what
 * was deployed there a moment ago may not be applied here yet. Any thread.
 */
public final class NamedDefinitions {
  private static final CompletableFuture<Long> KNOWN = CompletableFuture.completedFuture(0L);

  private final Definitions deployed;
  private final Currency currency;

  /**
   * @param deployed the definitions of the first partition, as they are applied here
   * @param currency of that partition
   */
  public NamedDefinitions(Definitions deployed, Currency currency) {
    this.deployed = deployed;
    this.currency = currency;
  }

  /**
   * Completes when the definition that a message names is known here, or is none; fails where
   * nobody can confirm that it is none, and then it is to be asked again.
   */
  public CompletableFuture<Long> before(Message message) {
    return switch (message) {
      case Message.StartChild m -> before(m.namespace(), m.name(), m.version());
      case Message.StartSuccessor m -> before(m.namespace(), m.name(), m.version());
      case Message.CancelChild _, Message.NotifyParent _, Message.Publish _ -> KNOWN;
    };
  }

  /**
   * The same for somebody who names a definition.
   *
   * @param version may be {@code latest}
   */
  public CompletableFuture<Long> before(String namespace, String name, String version) {
    // A version never changes; which one is the latest does. That the first partition is led here
    // says nothing: the one that leads it now may not have been heard of.
    boolean known = !version.equals("latest") && deployed.find(namespace, name, version) != null;
    return known ? KNOWN : currency.confirm();
  }

  /**
   * The same for what the first partition decides. What it decides without the last definitions is
   * never committed, so whatever is known here will do. But that there is none is an answer without
   * a commit, and whoever leads by now may have it.
   *
   * @param version may be {@code latest}
   */
  public CompletableFuture<Long> beforeFirst(String namespace, String name, String version) {
    return deployed.find(namespace, name, version) != null ? KNOWN : currency.confirm();
  }
}
