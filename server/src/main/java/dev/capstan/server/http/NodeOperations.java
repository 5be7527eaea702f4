package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.NodeAdmission;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.NodeProbeView;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.Nearest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Worker nodes: what they are, and what they are given. */
final class NodeOperations {
  private static final String TAG = "nodes";
  private static final Duration LONGEST_DRAIN = Duration.ofDays(365);
  private static final Parameter ID = Parameter.path("id", "Id or name of the node");

  private final Gateway gateway;

  NodeOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("A worker node")
  record Node(
      String id,
      String name,
      @Described("joining, active, suspect, draining, lost or left") String status,
      @Described(
              "What it is given: open (tasks), cordoned (nothing new), draining (nothing new, it is to go)")
          String admission,
      @Described("When a drain takes away what it still runs") @Nullable Instant drainBy,
      @Described("How many tasks it runs at a time") int slots,
      int running,
      @Described("Kinds of tasks it can run") List<String> kinds,
      @Described("What its configuration and operators give it; tasks can ask for them")
          Map<String, String> labels,
      @Described("What it found on itself, such as gpu, container or python3; like labels")
          Map<String, String> found,
      @Described("Processors; 0 when it did not say, as with the bytes") int cpu,
      long memoryBytes,
      long diskBytes,
      Instant joinedAt,
      String version) {

    static Node of(NodeView view) {
      return new Node(
          view.id(),
          view.name(),
          view.status(),
          view.admission(),
          view.drainBy(),
          view.slots(),
          view.running(),
          view.kinds(),
          view.labels(),
          view.found(),
          view.processors(),
          view.memoryBytes(),
          view.diskBytes(),
          view.joinedAt(),
          view.version());
    }
  }

  @Described("What a probe of a node has found")
  record Probe(
      String node,
      @Described("joining, active, suspect, draining, lost or left") String status,
      @Described("Whether it answered the probe") boolean answers,
      @Described("How long the answer took") @Nullable Long roundMicros,
      @Described("Since it was heard last, the answer included; none without a session")
          @Nullable Long silentMillis,
      @Described("After so long a silence it counts as lost and its tasks run elsewhere")
          long lostAfterMillis,
      @Described("Attempts that it has") int running) {

    static Probe of(NodeProbeView view) {
      return new Probe(
          view.node(),
          view.status(),
          view.answers(),
          view.roundMicros(),
          view.silentMillis(),
          view.lostAfterMillis(),
          view.running());
    }
  }

  record NodeList(List<Node> nodes) {}

  @Described("Changes of a node's labels")
  record LabelNode(
      @Described("Labels that it gets") @Nullable Map<String, String> set,
      @Described("Names of labels that it loses") @Nullable List<String> remove) {}

  List<Operation> operations() {
    return List.of(
        list(),
        show(),
        drain(),
        admit("cordon", "cordonNode", "Gives a node nothing more for now", NodeAdmission.CORDONED),
        admit("uncordon", "uncordonNode", "Gives a node tasks again", NodeAdmission.OPEN),
        label(),
        probe(),
        remove());
  }

  private Operation probe() {
    return Operation.get("/v1/nodes/{id}/probe", "detectNodeFailure")
        .tag(TAG, Permissions.NODES_READ)
        .summary("Asks a node, now, whether it is there")
        .with(ID)
        .gives(200, "What was found", Probe.class)
        .handledBy(call ->
            Answer.json(
                200,
                Probe.of(
                    call.await(gateway.detectNodeFailure(call.principal(), call.path("id"))))));
  }

  private Operation list() {
    return Operation.get("/v1/nodes", "listNodes")
        .tag(TAG, Permissions.NODES_READ)
        .summary("Lists worker nodes by name")
        .gives(200, "The nodes", NodeList.class)
        .handledBy(call ->
            Answer.json(
                200,
                new NodeList(gateway.nodes(call.principal()).stream().map(Node::of).toList())));
  }

  private Operation show() {
    return Operation.get("/v1/nodes/{id}", "getNode")
        .tag(TAG, Permissions.NODES_READ)
        .summary("Shows a worker node")
        .with(ID)
        .with(
            Parameter.query(
                "wait",
                Parameter.Kind.DURATION,
                "Answer when it has joined and can take tasks, or after this time, such as 30s"))
        .watches()
        .gives(200, "The node", Node.class)
        .handledBy(call -> {
          Duration wait = call.maxWait();
          NodeView node =
              wait == null
                  ? find(call)
                  : call.await(gateway.awaitNode(call.principal(), call.path("id"), wait), wait);
          return Answer.json(200, Node.of(node));
        });
  }

  private Operation drain() {
    return Operation.post("/v1/nodes/{id}/drain", "drainNode")
        .tag(TAG, Permissions.NODES_CONTROL)
        .summary("Gives a node nothing more and lets it end what it runs, because it is to go")
        .with(ID)
        .with(
            Parameter.query(
                "deadline",
                Parameter.Kind.DURATION,
                "What it still runs after this time, such as 5m, goes to other nodes"))
        .gives(200, "The node afterwards", Node.class)
        .handledBy(call -> {
          Duration deadline = call.query().duration("deadline", LONGEST_DRAIN);
          String node = find(call).id();
          return Answer.json(
              200,
              Node.of(
                  call.await(
                      gateway.admit(call.principal(), node, NodeAdmission.DRAINING, deadline))));
        });
  }

  private Operation label() {
    return Operation.post("/v1/nodes/{id}/labels", "labelNode")
        .tag(TAG, Permissions.NODES_CONTROL)
        .summary("Gives labels to a node and takes others from it")
        .with(ID)
        .takes(LabelNode.class)
        .gives(200, "The node afterwards", Node.class)
        .handledBy(call -> {
          LabelNode changes = call.body(LabelNode.class);
          Map<String, String> set = changes.set() == null ? Map.of() : changes.set();
          List<String> removed = changes.remove() == null ? List.of() : changes.remove();
          if (set.isEmpty() && removed.isEmpty()) {
            throw new Refusal(
                Refusal.Code.INVALID_REQUEST,
                "neither \"set\" nor \"remove\" names a label",
                "such as {\"set\": {\"zone\": \"a\"}, \"remove\": [\"gpu\"]}");
          }
          String node = find(call).id();
          return Answer.json(
              200, Node.of(call.await(gateway.label(call.principal(), node, set, removed))));
        });
  }

  private Operation admit(String verb, String id, String summary, NodeAdmission admission) {
    return Operation.post("/v1/nodes/{id}/" + verb, id)
        .tag(TAG, Permissions.NODES_CONTROL)
        .summary(summary)
        .with(ID)
        .gives(200, "The node afterwards", Node.class)
        .handledBy(call -> {
          String node = find(call).id();
          return Answer.json(
              200, Node.of(call.await(gateway.admit(call.principal(), node, admission, null))));
        });
  }

  private Operation remove() {
    return Operation.delete("/v1/nodes/{id}", "removeNode")
        .tag(TAG, Permissions.NODES_CONTROL)
        .summary("Puts a node out for good that is gone, or that is drained and runs nothing")
        .with(ID)
        .with(
            Parameter.query(
                "force",
                Parameter.Kind.FLAG,
                "Also one that takes or runs tasks: it loses its connections, and they run elsewhere"))
        .gives(204, "It is put out")
        .handledBy(call -> {
          boolean force = call.query().flag("force");
          call.await(gateway.removeNode(call.principal(), removable(call), force));
          return Answer.empty(204);
        });
  }

  /** What is not listed may still be a node that was let in and has never come. */
  private String removable(Call call) {
    String wanted = call.path("id");
    boolean listed =
        gateway.nodes(call.principal()).stream()
            .anyMatch(node -> node.id().equals(wanted) || node.name().equals(wanted));
    if (!listed) {
      refuseCoordinator(call);
    }
    return listed ? find(call).id() : wanted;
  }

  /** Whoever takes one for a worker must not be led to another node. */
  private void refuseCoordinator(Call call) {
    String id = call.path("id");
    boolean coordinates =
        gateway.cluster(call.principal()).coordinators().stream()
            .anyMatch(each -> each.id().equals(id));
    if (coordinates) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "there is no worker node \"" + id + "\": that is a coordinator",
          "capstan cluster drain " + id + " and capstan cluster remove " + id + " are for those");
    }
  }

  /** By its id, or else by its name. */
  private NodeView find(Call call) {
    String id = call.path("id");
    List<NodeView> nodes = gateway.nodes(call.principal());
    for (NodeView node : nodes) {
      if (node.id().equals(id)) {
        return node;
      }
    }
    for (NodeView node : nodes) {
      if (node.name().equals(id)) {
        return node;
      }
    }
    refuseCoordinator(call);
    String nearest = Nearest.to(id, nodes.stream().map(NodeView::name).toList());
    throw new Refusal(
        Refusal.Code.NOT_FOUND,
        "there is no node \"" + id + "\"",
        nearest == null ? "capstan nodes lists them" : "did you mean \"" + nearest + "\"?");
  }
}
