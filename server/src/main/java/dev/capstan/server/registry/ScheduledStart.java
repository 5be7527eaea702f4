package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests.Start;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * The start of an execution by a schedule. Its id is the same for the same definition and cause, so
 * that nothing is started twice.
 */
final class ScheduledStart {
  private static final int NAME_IN_ID = 64;

  private ScheduledStart() {}

  static Start of(ScheduleRow row, String cause, Definitions.Deployed deployed, JsonNode input) {
    return new Start(
        id(row, cause),
        false,
        null,
        deployed.definition(),
        deployed.text(),
        input,
        null,
        Map.of(),
        Principal.ENGINE.name());
  }

  private static String id(ScheduleRow row, String cause) {
    String all = row.namespace() + "\0" + row.name() + "\0" + cause;
    String name = row.name().substring(0, Math.min(NAME_IN_ID, row.name().length()));
    return name + "-" + HexFormat.of().formatHex(sha256(all), 0, 12);
  }

  static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
