package dev.capstan.server.partition;

import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks requests on the caller's thread, before they take room in the inbox. */
final class Admission {
  private Admission() {}

  static long size(Start request, PartitionLimits limits) {
    return JsonSize.of(request.input(), limits.payloadBytes());
  }

  static long size(List<CloudEvent> events, PartitionLimits limits) {
    long size = 0;
    for (CloudEvent event : events) {
      size += JsonSize.of(event.json(), limits.payloadBytes());
    }
    return size;
  }

  static long size(Said said, PartitionLimits limits) {
    return switch (said) {
      case Said.Decided decided -> JsonSize.of(decided.decision(), limits.payloadBytes());
      case Said.Updated updated -> JsonSize.of(updated.input(), limits.payloadBytes());
      case Said.Assigned _ -> 0;
    };
  }

  /** Null if the start may come in. */
  static @Nullable Refusal refusal(Start request, PartitionLimits limits) {
    long size = size(request, limits);
    if (size > limits.payloadBytes()) {
      return tooLarge("The input", limits.payloadBytes());
    }
    if (request.definitionText().length() > limits.payloadBytes()) {
      return tooLarge("The definition", limits.payloadBytes());
    }
    for (Map.Entry<String, String> label : request.labels().entrySet()) {
      if (hasZero(label.getKey()) || hasZero(label.getValue())) {
        return new Refusal(
            Refusal.Code.INVALID_REQUEST, "A label must not contain the character U+0000.");
      }
    }
    String key = request.key();
    if (key != null && hasZero(key)) {
      return new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "An idempotency key must not contain the character U+0000.");
    }
    return null;
  }

  /** Null if the cloud events may come in. */
  static @Nullable Refusal refusal(List<CloudEvent> events, PartitionLimits limits) {
    for (CloudEvent event : events) {
      if (JsonSize.of(event.json(), limits.payloadBytes()) > limits.payloadBytes()) {
        return tooLarge(
            "The cloud event " + event.json().path("id").asText(), limits.payloadBytes());
      }
    }
    return null;
  }

  private static Refusal tooLarge(String what, int limit) {
    return new Refusal(
        Refusal.Code.PAYLOAD_TOO_LARGE,
        what + " has more than the " + limit + " bytes that are allowed.",
        "Store large data elsewhere and hand over a reference to it.");
  }

  private static boolean hasZero(String text) {
    return text.indexOf('\0') >= 0;
  }
}
