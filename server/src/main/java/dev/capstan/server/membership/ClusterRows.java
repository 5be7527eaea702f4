package dev.capstan.server.membership;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.api.storage.v1.JoinGrant;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The rows of the table {@link Table#CLUSTER}: a word for the kind, a slash, an id. */
final class ClusterRows {
  static final String COORDINATOR = "coordinator/";
  static final String GRANT = "grant/";
  static final String KEY = "key/";
  static final String NODE = "node/";

  private ClusterRows() {}

  static byte[] key(String kind, String id) {
    return (kind + id).getBytes(StandardCharsets.UTF_8);
  }

  /** The id in a key of this kind; null for a key of another kind. */
  static @Nullable String id(String kind, byte[] key) {
    String text = new String(key, StandardCharsets.UTF_8);
    return text.startsWith(kind) ? text.substring(kind.length()) : null;
  }

  static Change put(String kind, String id, byte[] value) {
    return new Change.Put(Table.CLUSTER, key(kind, id), value);
  }

  static Change delete(String kind, String id) {
    return new Change.Delete(Table.CLUSTER, key(kind, id));
  }

  /** Tells each row of a kind: its id and its value. */
  static void scan(Store store, String kind, BiConsumer<String, byte[]> each) {
    byte[] from = kind.getBytes(StandardCharsets.UTF_8);
    byte[] to = from.clone();
    to[to.length - 1]++;
    try (Rows rows = store.scan(Table.CLUSTER, from, to, Direction.FORWARD)) {
      while (rows.next()) {
        String id =
            new String(
                rows.key(), from.length, rows.key().length - from.length, StandardCharsets.UTF_8);
        each.accept(id, rows.value());
      }
    }
  }

  static Coordinator coordinator(byte[] value) {
    try {
      return Coordinator.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged("coordinator", e);
    }
  }

  static JoinGrant grant(byte[] value) {
    try {
      return JoinGrant.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged("join token", e);
    }
  }

  static ApiKey apiKey(byte[] value) {
    try {
      return ApiKey.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged("API key", e);
    }
  }

  static Admitted node(byte[] value) {
    try {
      return Admitted.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged("node", e);
    }
  }

  private static IllegalStateException damaged(String what, InvalidProtocolBufferException e) {
    return new IllegalStateException("the row of a " + what + " is damaged", e);
  }
}
