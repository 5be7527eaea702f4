package dev.capstan.server.nodes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of nodes: one a node under its id, as JSON with a version of its form ({@code v}), and
 * one that holds the last epoch that was given to a session of any node. The epoch grows in the
 * batch that commits a join, so that it is unique and growing whatever the clock does and however
 * often coordinators start.
 */
final class NodeRows {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int VERSION = 1;

  /** No node id starts with a space. */
  private static final byte[] EPOCH_KEY = " epoch".getBytes(StandardCharsets.UTF_8);

  private NodeRows() {}

  /** A node as it is stored. {@code joinedAt} is when its last session began. */
  record Row(
      NodeProfile profile, long epoch, NodeStatus status, Admission admission, Instant joinedAt) {
    Row with(NodeStatus changed) {
      return new Row(profile, epoch, changed, admission, joinedAt);
    }

    Row with(Admission changed) {
      return new Row(profile, epoch, status, changed, joinedAt);
    }
  }

  static byte[] key(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] epochKey() {
    return EPOCH_KEY.clone();
  }

  /** The rows of all nodes. */
  static List<Row> readAll(Store store) {
    List<Row> all = new ArrayList<>();
    try (Rows rows = store.scan(Table.NODES, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        if (rows.key()[0] != EPOCH_KEY[0]) {
          all.add(read(rows.value()));
        }
      }
    }
    return all;
  }

  static long epoch(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }

  static byte[] epoch(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static byte[] write(Row row) {
    NodeProfile profile = row.profile();
    ObjectNode json = JSON.createObjectNode();
    json.put("v", VERSION)
        .put("id", profile.id())
        .put("name", profile.name())
        .put("slots", profile.slots());
    profile.kinds().forEach(json.putArray("kinds")::add);
    ObjectNode labels = json.putObject("labels");
    profile.labels().forEach(labels::put);
    json.put("processors", profile.processors())
        .put("memoryBytes", profile.memoryBytes())
        .put("diskBytes", profile.diskBytes())
        .put("version", profile.version())
        .put("epoch", row.epoch())
        .put("status", row.status().name())
        .put("admission", row.admission().word())
        .put("joinedAt", row.joinedAt().toEpochMilli());
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  static Row read(byte[] value) {
    JsonNode json;
    try {
      json = JSON.readTree(value);
    } catch (IOException e) {
      throw new UncheckedIOException("the row of a node is damaged", e);
    }
    List<String> kinds = new ArrayList<>();
    json.path("kinds").forEach(kind -> kinds.add(kind.asText()));
    Map<String, String> labels = new LinkedHashMap<>();
    json.path("labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    NodeProfile profile =
        new NodeProfile(
            json.path("id").asText(),
            json.path("name").asText(),
            json.path("slots").asInt(),
            kinds,
            labels,
            json.path("processors").asInt(),
            json.path("memoryBytes").asLong(),
            json.path("diskBytes").asLong(),
            json.path("version").asText());
    return new Row(
        profile,
        json.path("epoch").asLong(),
        NodeStatus.valueOf(json.path("status").asText()),
        Admission.of(json.path("admission").asText()),
        Instant.ofEpochMilli(json.path("joinedAt").asLong()));
  }
}
