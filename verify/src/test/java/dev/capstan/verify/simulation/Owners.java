package dev.capstan.verify.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.api.storage.v1.OutboxMessage;
import dev.capstan.api.storage.v1.Subscription;
import dev.capstan.core.decision.Message;
import dev.capstan.server.partition.MessageCodec;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The rows of a partition by which executions go on, as they are committed. */
final class Owners {
  private final Consumer<String> violated;
  private final Map<String, Map<ByteBuffer, byte[]>> rows = new HashMap<>();
  private final Map<ByteBuffer, Letter> letters = new HashMap<>();
  private final Kinship kinship;

  /** A message in an outbox. */
  private record Letter(String sender, Message message) {}

  Owners(Consumer<String> violated, Kinship kinship) {
    this.violated = violated;
    this.kinship = kinship;
  }

  /** Takes note of a change; answers the execution that it is about, null for none. */
  @Nullable String changed(Change change) {
    return switch (change.table()) {
      case TASKS, SUBSCRIPTIONS -> row(change, 0);
      case TIMERS -> row(change, Long.BYTES);
      case OUTBOX -> message(change);
      default -> null;
    };
  }

  private @Nullable String row(Change change, int offset) {
    return switch (change) {
      case Change.Put put -> {
        String id = execution(put.key(), offset);
        rows.computeIfAbsent(id, _ -> new HashMap<>()).put(key(put), put.value());
        if (put.table() == Table.SUBSCRIPTIONS) {
          kinship.listens(key(put), subscription(put.value()).getTypesList());
        }
        yield id;
      }
      case Change.Delete delete -> {
        String id = execution(delete.key(), offset);
        rows.getOrDefault(id, new HashMap<>()).remove(key(delete.table(), delete.key()));
        if (delete.table() == Table.SUBSCRIPTIONS) {
          kinship.listensNoMore(key(delete.table(), delete.key()));
        }
        yield id;
      }
      case Change.DeleteRange range -> {
        violated.accept("an entry deletes rows of " + range.table() + " by the dozen");
        yield null;
      }
    };
  }

  private @Nullable String message(Change change) {
    return switch (change) {
      case Change.Put put -> {
        Letter letter = new Letter(sender(put.value()), MessageCodec.read(put.value()));
        Letter before = letters.put(key(put), letter);
        if (before != null) {
          violated.accept("two messages have one place: " + before + ", " + letter);
        }
        kinship.sent(letter.message());
        yield letter.sender();
      }
      case Change.Delete delete -> {
        Letter letter = letters.remove(key(delete.table(), delete.key()));
        if (letter == null) {
          yield null;
        }
        kinship.delivered(letter.message());
        yield letter.sender();
      }
      case Change.DeleteRange range -> {
        violated.accept("an entry deletes rows of " + range.table() + " by the dozen");
        yield null;
      }
    };
  }

  /** How many messages are not delivered. */
  int letters() {
    return letters.size();
  }

  /** Whether an execution has one. */
  boolean has(String execution) {
    return !rows.getOrDefault(execution, Map.of()).isEmpty()
        || letters.values().stream().anyMatch(letter -> letter.sender().equals(execution));
  }

  /** Whether a task, a timer or a subscription of an execution is there. */
  boolean holds(String execution) {
    return !rows.getOrDefault(execution, Map.of()).isEmpty();
  }

  /** Which of its tasks are on which node, as {@link HistoryRules#holders()} has it. */
  Map<Long, String> holders(String execution) {
    Map<Long, String> holders = new HashMap<>();
    rows.getOrDefault(execution, Map.of())
        .forEach((key, value) -> {
          if (key.get(0) == Table.TASKS.number()) {
            ActiveTask task = task(value);
            if (task.hasNode()) {
              holders.put(
                  key.getLong(key.limit() - Long.BYTES),
                  HistoryRules.holder(task.getNode(), task.getEpoch(), task.getAttempt()));
            }
          }
        });
    return holders;
  }

  private static ActiveTask task(byte[] row) {
    try {
      return ActiveTask.parseFrom(row);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a task is damaged", e);
    }
  }

  private static Subscription subscription(byte[] row) {
    try {
      return Subscription.parseFrom(row);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a subscription is damaged", e);
    }
  }

  private static String sender(byte[] row) {
    try {
      return OutboxMessage.parseFrom(row).getSender();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a message is damaged", e);
    }
  }

  private static ByteBuffer key(Change.Put put) {
    return key(put.table(), put.key());
  }

  private static ByteBuffer key(Table table, byte[] key) {
    return ByteBuffer.allocate(1 + key.length).put((byte) table.number()).put(key).flip();
  }

  /** The execution that a key names from an offset on. */
  static String execution(byte[] key, int offset) {
    int end = offset;
    while (key[end] != 0) {
      end++;
    }
    return new String(key, offset, end - offset, StandardCharsets.UTF_8);
  }
}
