package dev.capstan.server.nodes;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.Label;
import dev.capstan.api.storage.v1.LastEpoch;
import dev.capstan.api.storage.v1.Node;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The rows of nodes: one a node under its id, and one that holds the last epoch that was given to a
 * session of any node. The epoch grows in the batch that commits a join, so that it is unique and
 * growing whatever the clock does and however often coordinators start.
 */
final class NodeRows {
  /** No node id starts with a space. */
  private static final byte[] EPOCH_KEY = " epoch".getBytes(StandardCharsets.UTF_8);

  private NodeRows() {}

  /** A node as it is stored. {@code joinedAt} is when its last session began. */
  record Row(
      NodeProfile profile, long epoch, NodeStatus status, NodeOrders orders, Instant joinedAt) {
    Row with(NodeStatus changed) {
      return new Row(profile, epoch, changed, orders, joinedAt);
    }

    Row with(NodeProfile changed) {
      return new Row(changed, epoch, status, orders, joinedAt);
    }

    Row with(NodeOrders changed) {
      return new Row(profile, epoch, status, changed, joinedAt);
    }
  }

  static byte[] key(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  static String id(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  static boolean isEpoch(byte[] key) {
    return key[0] == EPOCH_KEY[0];
  }

  static byte[] epochKey() {
    return EPOCH_KEY.clone();
  }

  /** The rows of all nodes. */
  static List<Row> readAll(Store store) {
    List<Row> all = new ArrayList<>();
    try (Rows rows = store.scan(Table.NODES, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        if (!isEpoch(rows.key())) {
          all.add(read(rows.value()));
        }
      }
    }
    return all;
  }

  static long epoch(byte[] value) {
    try {
      return LastEpoch.parseFrom(value).getEpoch();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of the last epoch is damaged", e);
    }
  }

  static byte[] epoch(long value) {
    return LastEpoch.newBuilder().setEpoch(value).build().toByteArray();
  }

  static byte[] write(Row row) {
    NodeProfile profile = row.profile();
    Node.Builder node =
        Node.newBuilder()
            .setId(profile.id())
            .setName(profile.name())
            .setSlots(profile.slots())
            .addAllKinds(profile.kinds())
            .setProcessors(profile.processors())
            .setMemoryBytes(profile.memoryBytes())
            .setDiskBytes(profile.diskBytes())
            .setVersion(profile.version())
            .setEpoch(row.epoch())
            .setStatus(status(row.status()))
            .setAdmission(admission(row.orders().admission()))
            .setJoinedMillis(row.joinedAt().toEpochMilli());
    profile.labels().forEach((name, value) -> node.addLabels(label(name, value)));
    profile.found().forEach((name, value) -> node.addFound(label(name, value)));
    NodeOrders orders = row.orders();
    if (orders.drainBy() != null) {
      node.setDrainByMillis(orders.drainBy().toEpochMilli());
    }
    orders.labels().set().forEach((name, value) -> node.addSetLabels(label(name, value)));
    node.addAllRemovedLabels(orders.labels().removed());
    return node.build().toByteArray();
  }

  private static Label label(String name, String value) {
    return Label.newBuilder().setName(name).setValue(value).build();
  }

  private static Map<String, String> labels(List<Label> labels) {
    Map<String, String> map = new LinkedHashMap<>();
    labels.forEach(label -> map.put(label.getName(), label.getValue()));
    return map;
  }

  private static NodeOrders orders(Node node) {
    long by = node.getDrainByMillis();
    return new NodeOrders(
        admission(node.getAdmission()),
        by == 0 ? null : Instant.ofEpochMilli(by),
        new LabelChanges(
            labels(node.getSetLabelsList()), new TreeSet<>(node.getRemovedLabelsList())));
  }

  static Row read(byte[] value) {
    Node node;
    try {
      node = Node.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a node is damaged", e);
    }
    NodeProfile profile =
        new NodeProfile(
            node.getId(),
            node.getName(),
            node.getSlots(),
            node.getKindsList(),
            labels(node.getLabelsList()),
            labels(node.getFoundList()),
            node.getProcessors(),
            node.getMemoryBytes(),
            node.getDiskBytes(),
            node.getVersion());
    return new Row(
        profile,
        node.getEpoch(),
        status(node.getStatus()),
        orders(node),
        Instant.ofEpochMilli(node.getJoinedMillis()));
  }

  private static Node.Status status(NodeStatus status) {
    return switch (status) {
      case JOINING -> Node.Status.JOINING;
      case ACTIVE -> Node.Status.ACTIVE;
      case SUSPECT -> Node.Status.SUSPECT;
      case DRAINING -> Node.Status.DRAINING;
      case LOST -> Node.Status.LOST;
      case LEFT -> Node.Status.LEFT;
    };
  }

  private static NodeStatus status(Node.Status status) {
    return switch (status) {
      case JOINING -> NodeStatus.JOINING;
      case ACTIVE -> NodeStatus.ACTIVE;
      case SUSPECT -> NodeStatus.SUSPECT;
      case DRAINING -> NodeStatus.DRAINING;
      case LOST -> NodeStatus.LOST;
      case LEFT -> NodeStatus.LEFT;
      case STATUS_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a node has an unknown status: " + status);
    };
  }

  private static Node.Admission admission(Admission admission) {
    return switch (admission) {
      case OPEN -> Node.Admission.ADMISSION_OPEN;
      case CORDONED -> Node.Admission.ADMISSION_CORDONED;
      case DRAINING -> Node.Admission.ADMISSION_DRAINING;
    };
  }

  private static Admission admission(Node.Admission admission) {
    return switch (admission) {
      case ADMISSION_OPEN -> Admission.OPEN;
      case ADMISSION_CORDONED -> Admission.CORDONED;
      case ADMISSION_DRAINING -> Admission.DRAINING;
      case ADMISSION_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a node has an unknown admission: " + admission);
    };
  }
}
