package dev.capstan.verify.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.LastEpoch;
import dev.capstan.api.storage.v1.Node;
import dev.capstan.server.store.Change;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sessions of nodes as they are committed: epochs only grow, and no two sessions share one. */
final class NodeEpochs {
  private static final char OF_ALL = ' ';

  private final Consumer<String> violated;
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, Session> before = new HashMap<>();
  private final Set<String> begun = new TreeSet<>();
  private long last;
  private long lastBefore;
  private int departures;

  private record Session(long epoch, boolean open) {}

  NodeEpochs(Consumer<String> violated) {
    this.violated = violated;
  }

  /** The next entry begins. */
  void begin() {
    before.clear();
    begun.clear();
    lastBefore = last;
  }

  void changed(Change change) {
    switch (change) {
      case Change.Put put -> put(put);
      case Change.Delete delete -> removed(text(delete.key()));
      case Change.DeleteRange _ -> violated.accept("an entry deletes nodes by the dozen");
    }
  }

  private void put(Change.Put put) {
    try {
      if (put.key()[0] == OF_ALL) {
        grown(LastEpoch.parseFrom(put.value()).getEpoch());
      } else {
        stored(Node.parseFrom(put.value()));
      }
    } catch (InvalidProtocolBufferException e) {
      violated.accept("the row of node " + text(put.key()) + " is damaged: " + e);
    }
  }

  private void removed(String node) {
    Session present = sessions.remove(node);
    if (present != null) {
      before.putIfAbsent(node, present);
    }
  }

  private void grown(long epoch) {
    if (epoch <= last) {
      violated.accept("epoch " + epoch + " is given after epoch " + last);
    }
    last = epoch;
  }

  private void stored(Node node) {
    Session next = new Session(node.getEpoch(), node.getStatus() == Node.Status.ACTIVE);
    Session present = sessions.put(node.getId(), next);
    if (present != null) {
      before.putIfAbsent(node.getId(), present);
    }
    boolean another = present == null || present.epoch() != next.epoch();
    if (another) {
      begun.add(node.getId());
    }
    if (another && (next.epoch() <= lastBefore || next.epoch() > last)) {
      violated.accept(
          "node %s gets epoch %d, and the last one was %d and is %d"
              .formatted(node.getId(), next.epoch(), lastBefore, last));
    }
    if (!another && next.open() && !present.open()) {
      violated.accept(
          "epoch " + next.epoch() + " of node " + node.getId() + " goes on after its end");
    }
    if (!next.open() && (present == null || present.open())) {
      departures++;
    }
  }

  /** Nodes of which a session begins in this entry. */
  Set<String> begun() {
    return begun;
  }

  /** Whether there is a row of a node. */
  boolean knows(String node) {
    return sessions.containsKey(node);
  }

  /** Whether a node has that session, or had it until this entry. */
  boolean isOpen(@Nullable String node, long epoch) {
    Session sought = new Session(epoch, true);
    return sought.equals(sessions.get(node)) || sought.equals(before.get(node));
  }

  /** How many sessions there were. */
  long sessions() {
    return last;
  }

  /** How many sessions have ended with their node's departure. */
  int departures() {
    return departures;
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }
}
