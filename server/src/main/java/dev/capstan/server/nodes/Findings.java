package dev.capstan.server.nodes;

import dev.capstan.server.partition.PartitionRequests;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connected nodes found on themselves since they joined, on its way to their rows. Of each
 * node one word is stored at a time, so that rows follow the order in which words were said, and
 * the last one counts in the end; what can't be stored is tried again with the tick. Its lock is
 * held while the account is asked, and never while anything is sent or committed. Any thread.
 */
final class Findings {
  private static final Logger LOG = LoggerFactory.getLogger(Findings.class);

  private final SlotAccount account;
  private final NodeRegister register;
  private final Runnable changed;
  private final Map<LiveNode, Word> unstored = new LinkedHashMap<>();

  /** What a node said last. */
  private static final class Word {
    private NodeCapabilities said;
    private boolean storing;

    private Word(NodeCapabilities said) {
      this.said = said;
    }
  }

  /** A word on its way, and what the node is with it. */
  private record Storing(LiveNode node, NodeCapabilities word, NodeProfile profile) {}

  /**
   * @param changed is told when a node is not what it was
   */
  Findings(SlotAccount account, NodeRegister register, Runnable changed) {
    this.account = account;
    this.register = register;
    this.changed = changed;
  }

  /** A node found more or less on itself than it had said; stored before it counts. */
  void said(LiveNode node, NodeCapabilities found, PartitionRequests partition) {
    synchronized (unstored) {
      unstored.computeIfAbsent(node, _ -> new Word(found)).said = found;
    }
    storeNext(node, partition);
  }

  /** Tries again what could not be stored. */
  void tick(PartitionRequests partition) {
    List<LiveNode> nodes;
    synchronized (unstored) {
      nodes = List.copyOf(unstored.keySet());
    }
    nodes.forEach(node -> storeNext(node, partition));
  }

  private void storeNext(LiveNode node, PartitionRequests partition) {
    Storing next = next(node);
    if (next == null) {
      return;
    }
    CompletableFuture<Boolean> _ =
        partition
            .transact(view -> register.change(view, next.profile, node.epoch, node.incarnation))
            .whenComplete((present, failure) -> {
              if (failure == null) {
                stored(next, present, partition);
              } else {
                failed(next, failure);
              }
            });
  }

  private @Nullable Storing next(LiveNode node) {
    synchronized (unstored) {
      Word word = unstored.get(node);
      if (word == null || word.storing) {
        return null;
      }
      NodeProfile profile = account.changedBy(node, word.said);
      if (profile == null) {
        unstored.remove(node);
        return null;
      }
      word.storing = true;
      return new Storing(node, word.said, profile);
    }
  }

  private void stored(Storing word, boolean present, PartitionRequests partition) {
    LiveNode node = word.node;
    if (!present) {
      synchronized (unstored) {
        unstored.remove(node);
      }
      return;
    }
    LOG.info("Node {} is not what it was: {}", node.id(), word.profile);
    account.change(node, word.word);
    ended(node);
    changed.run();
    storeNext(node, partition);
  }

  private void failed(Storing word, Throwable failure) {
    LOG.debug(
        "What node {} found could not be stored yet: {}", word.node.id(), failure.getMessage());
    ended(word.node);
  }

  private void ended(LiveNode node) {
    synchronized (unstored) {
      Word word = unstored.get(node);
      if (word != null) {
        word.storing = false;
      }
    }
  }
}
