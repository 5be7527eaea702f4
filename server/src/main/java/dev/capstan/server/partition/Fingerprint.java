package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.partition.PartitionRequests.Start;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells equal start requests from others: definition, input, labels, parent and deadline, whatever
 * the order of members.
 */
final class Fingerprint {
  private static final int LENGTH = 16;

  private Fingerprint() {}

  static byte[] of(Start request) {
    return of(request, request.definition());
  }

  /** Of the request if it were one of another definition. */
  static byte[] of(Start request, Definition definition) {
    RowWriter canonical = new RowWriter(256);
    canonical.text(1, definition.hash());
    int input = canonical.begin(2);
    write(request.input(), canonical);
    canonical.end(input);
    EventCodec.labels(canonical, 3, new TreeMap<>(request.labels()));
    EventCodec.parent(canonical, 4, request.parent());
    EventCodec.predecessor(canonical, 5, request.predecessor());
    canonical.time(6, request.deadline());
    return Arrays.copyOf(sha256(canonical.toBytes()), LENGTH);
  }

  private static void write(JsonNode value, RowWriter out) {
    if (value.isObject()) {
      Map<String, JsonNode> members = new TreeMap<>();
      value.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
      members.forEach((name, member) -> {
        int start = out.begin(1);
        out.utf8(name);
        out.end(start);
        write(member, out);
      });
      out.raw('}');
    } else if (value.isArray()) {
      value.forEach(item -> write(item, out));
      out.raw(']');
    } else {
      out.json(2, value);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
