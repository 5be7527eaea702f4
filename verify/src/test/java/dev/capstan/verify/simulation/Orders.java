package dev.capstan.verify.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.Label;
import dev.capstan.api.storage.v1.Node;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What operators have said of nodes, by its place in the log of the first partition; and how much
 * of that the coordinator knew that proposed a batch, of whatever partition.
 */
final class Orders {
  private static final String NODE = "node/";

  private final Map<String, NavigableMap<Long, Said>> said = new HashMap<>();
  private final Map<String, Long> out = new HashMap<>();
  private final Map<Proposal, Known> proposals = new HashMap<>();

  /**
   * Of a node.
   *
   * @param open whether it takes something
   * @param drainBy when a drain takes away what it runs; 0 for never
   * @param labels that operators gave it
   */
  private record Said(boolean open, long drainBy, Map<String, String> labels) {
    static final Said NOTHING = new Said(true, 0, Map.of());

    boolean isOverdue(long wallMillis) {
      return drainBy != 0 && drainBy <= wallMillis;
    }
  }

  private record Proposal(int partition, long sequence, int content) {}

  /**
   * What a coordinator knew when it proposed a batch.
   *
   * @param nanos when that was
   * @param orders up to there it had applied the log of the first partition
   * @param out up to there it had ended the sessions of nodes that were put out
   * @param wallMillis its clock, or what that showed just before, if it was set back
   * @param overdue the nodes for whose drain the time had been over for long
   */
  record Known(long nanos, long orders, long out, long wallMillis, Set<String> overdue) {
    static final Known NOTHING = new Known(0, -1, -1, 0, Set.of());

    Known with(Set<String> longOver) {
      return new Known(nanos, orders, out, wallMillis, longOver);
    }
  }

  /** An entry of the first partition is committed. */
  void committed(long index, Batch batch) {
    for (Change change : batch.changes()) {
      if (change instanceof Change.Put put && put.table() == Table.NODES && put.key()[0] != ' ') {
        said(index, put.value());
      } else if (change instanceof Change.Put put && put.table() == Table.CLUSTER) {
        putOut(index, text(put.key()), put.value());
      }
    }
  }

  private void said(long index, byte[] row) {
    Node node = node(row);
    boolean open = node.getAdmission() == Node.Admission.ADMISSION_OPEN;
    Map<String, String> labels = new HashMap<>();
    for (Label label : node.getSetLabelsList()) {
      labels.put(label.getName(), label.getValue());
    }
    Said now = new Said(open, node.getDrainByMillis(), labels);
    if (said.containsKey(node.getId()) || !now.equals(Said.NOTHING)) {
      said.computeIfAbsent(node.getId(), _ -> new TreeMap<>()).put(index, now);
    }
  }

  private void putOut(long index, String key, byte[] row) {
    if (key.startsWith(NODE) && admitted(row).hasEvictedMillis()) {
      out.putIfAbsent(key.substring(NODE.length()), index);
    }
  }

  /** A coordinator proposes a batch. */
  void proposed(int partition, Batch batch, Known known) {
    proposals.put(new Proposal(partition, batch.sequence(), CommittedState.content(batch)), known);
  }

  /** What whoever proposed a batch knew. */
  Known of(int partition, long sequence, int content) {
    return proposals.getOrDefault(new Proposal(partition, sequence, content), Known.NOTHING);
  }

  /** Whether a node was cordoned or drained. */
  boolean isClosed(@Nullable String node, Known known) {
    return !at(node, known.orders()).open();
  }

  /** A label that operators had given to a node; null if it had none of that name. */
  @Nullable String label(@Nullable String node, String name, Known known) {
    return at(node, known.orders()).labels().get(name);
  }

  /** The nodes for whose drain the time is over by a clock. */
  Set<String> overdue(long index, long wallMillis) {
    Set<String> overdue = new TreeSet<>();
    said.keySet().stream()
        .filter(node -> at(node, index).isOverdue(wallMillis))
        .forEach(overdue::add);
    return overdue;
  }

  /**
   * Whether the time of a node to drain was over for who proposed a batch: in the last drain that
   * it had heard of, however often that was said, and also if it has just heard of its end.
   */
  boolean wasOverdue(String node, Known known) {
    NavigableMap<Long, Said> all = said.getOrDefault(node, Collections.emptyNavigableMap());
    return all.headMap(known.orders(), true).descendingMap().values().stream()
        .map(Said::drainBy)
        .dropWhile(by -> by == 0)
        .takeWhile(by -> by != 0)
        .anyMatch(by -> by <= known.wallMillis());
  }

  private Said at(@Nullable String node, long index) {
    NavigableMap<Long, Said> all = said.get(node);
    Map.Entry<Long, Said> last = all == null ? null : all.floorEntry(index);
    return last == null ? Said.NOTHING : last.getValue();
  }

  /** Whether a node was put out up to a place. */
  boolean isOut(@Nullable String node, long index) {
    Long at = out.get(node);
    return at != null && at <= index;
  }

  /** All that are put out. */
  Set<String> out() {
    return out.keySet();
  }

  /** Whether it is committed that a node is put out. */
  boolean isOut(String node) {
    return out.containsKey(node);
  }

  private static Node node(byte[] row) {
    try {
      return Node.parseFrom(row);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a node is damaged", e);
    }
  }

  private static Admitted admitted(byte[] row) {
    try {
      return Admitted.parseFrom(row);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a member is damaged", e);
    }
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }
}
