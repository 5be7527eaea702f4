package dev.capstan.server.engine;

import dev.capstan.node.config.Labels;
import dev.capstan.server.gateway.Gateway.NodeAdmission;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.NodeProbeView;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.nodes.Admission;
import dev.capstan.server.nodes.KnownNode;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.NodeProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What operators see of nodes and do with them. */
final class NodeOperations {
  private final NodeDirectory nodes;

  NodeOperations(NodeDirectory nodes) {
    this.nodes = nodes;
  }

  List<NodeView> list() {
    return nodes.nodes().stream().map(NodeOperations::view).toList();
  }

  CompletableFuture<NodeView> admit(
      Principal principal, String node, NodeAdmission admission, @Nullable Duration deadline) {
    Admission wanted =
        switch (admission) {
          case OPEN -> Admission.OPEN;
          case CORDONED -> Admission.CORDONED;
          case DRAINING -> Admission.DRAINING;
        };
    if (deadline != null && wanted != Admission.DRAINING) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "Only a drain has a deadline",
          "drain the node, or leave it out");
    }
    return nodes
        .control()
        .admit(idOf(node), wanted, deadline, principal.name())
        .thenApply(NodeOperations::view);
  }

  CompletableFuture<NodeView> label(
      Principal principal, String node, Map<String, String> set, List<String> removed) {
    List<String> counted =
        Stream.concat(set.keySet().stream(), removed.stream()).filter(Labels::isCounted).toList();
    if (!counted.isEmpty()) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "No label is called " + counted.getFirst() + ": nodes count that themselves",
          "take another name; cpu, memory and disk are what nodes say of themselves");
    }
    List<String> both = removed.stream().filter(set::containsKey).toList();
    if (!both.isEmpty()) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The label " + both.getFirst() + " is given and taken away at once",
          "leave one of them out");
    }
    return nodes
        .control()
        .label(idOf(node), set, removed, principal.name())
        .thenApply(NodeOperations::view);
  }

  CompletableFuture<Void> remove(Principal principal, String node, boolean force) {
    return nodes.control().remove(idOf(node), force, principal.name());
  }

  CompletableFuture<NodeView> await(String node, Duration atMost) {
    String id = idOf(node);
    return nodes
        .settled(id, atMost)
        .thenApply(_ ->
            list().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                    new Refusal(
                        Refusal.Code.NOT_FOUND,
                        "There is no node " + node + " after " + atMost.toMillis() + " ms",
                        "It is there when its process has joined")));
  }

  CompletableFuture<NodeProbeView> probe(String node) {
    return nodes.probe(idOf(node)).thenApply(NodeOperations::view);
  }

  private static NodeProbeView view(NodeProbe probe) {
    Duration round = probe.round();
    Duration silent = probe.silent();
    return new NodeProbeView(
        probe.node().profile().name(),
        probe.node().status().word(),
        round != null,
        round == null ? null : Long.valueOf(round.toNanos() / 1_000),
        silent == null ? null : Long.valueOf(silent.toMillis()),
        probe.lostAfter().toMillis(),
        probe.node().running());
  }

  /** An id wins over a name. What is neither may be a node that was let in and never came. */
  private String idOf(String node) {
    List<KnownNode> all = nodes.nodes();
    for (KnownNode each : all) {
      if (each.profile().id().equals(node)) {
        return node;
      }
    }
    List<String> named =
        all.stream()
            .filter(each -> each.profile().name().equals(node))
            .map(each -> each.profile().id())
            .toList();
    if (named.size() > 1) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          "Several nodes are called " + node,
          "Take an id: " + String.join(", ", named));
    }
    return named.isEmpty() ? node : named.getFirst();
  }

  private static NodeView view(KnownNode node) {
    return new NodeView(
        node.profile().id(),
        node.profile().name(),
        node.status().word(),
        node.orders().admission().word(),
        node.orders().drainBy(),
        node.profile().slots(),
        node.running(),
        node.profile().kinds(),
        node.labels(),
        node.profile().found(),
        node.profile().processors(),
        node.profile().memoryBytes(),
        node.profile().diskBytes(),
        node.joinedAt(),
        node.profile().version());
  }
}
