package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.Payload;
import dev.capstan.server.gateway.Refusal;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a request may hold. Every refusal names the member, what it is and what it may be. */
final class RequestChecks {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
  private static final int KEY_LENGTH = 256;
  private static final int REASON_LENGTH = 1_000;
  private static final int EVENTS = 1_000;

  private final Limits limits;
  private final Payload payload;

  RequestChecks(Limits limits) {
    this.limits = limits;
    this.payload = new Payload(limits);
  }

  void id(String id) {
    if (!ID.matcher(id).matches()) {
      throw invalid("id", "must be 1 to 128 letters, digits and . _ : -");
    }
  }

  void key(@Nullable String key) {
    if (key != null && (key.isEmpty() || key.length() > KEY_LENGTH || hasControl(key))) {
      throw invalid(
          "the idempotency key",
          "must be 1 to " + KEY_LENGTH + " characters without control characters");
    }
  }

  /** A user or a group, by name. */
  void person(@Nullable String name) {
    if (name != null && (name.isBlank() || name.length() > KEY_LENGTH || hasControl(name))) {
      throw invalid(
          "the name of a user or group",
          "must be 1 to " + KEY_LENGTH + " characters without control characters");
    }
  }

  void labels(Map<String, String> labels) {
    if (labels.size() > limits.labels()) {
      throw invalid("labels", "may be at most " + limits.labels() + ", not " + labels.size());
    }
    labels.forEach((name, value) -> {
      if (name.isEmpty()
          || isTooLong(name)
          || isTooLong(value)
          || hasControl(name)
          || hasControl(value)) {
        throw invalid(
            "the label " + name,
            "must have a name and a value of at most "
                + limits.labelLength()
                + " characters without control characters");
      }
    });
  }

  void reason(@Nullable String reason) {
    if (reason != null && reason.length() > REASON_LENGTH) {
      throw invalid("reason", "must be at most " + REASON_LENGTH + " characters");
    }
  }

  void payload(JsonNode value, String what) {
    Payload.Invalid found = payload.check(value, what);
    if (found != null) {
      throw new Refusal(
          found.tooLarge() ? Refusal.Code.PAYLOAD_TOO_LARGE : Refusal.Code.INVALID_REQUEST,
          String.valueOf(found.getMessage()),
          found.tooLarge() ? "Store it elsewhere and hand on a reference" : null);
    }
  }

  void events(List<CloudEvent> events) {
    if (events.isEmpty() || events.size() > EVENTS) {
      throw invalid("events", "must be from 1 to " + EVENTS + " at a time, not " + events.size());
    }
    for (CloudEvent event : events) {
      for (String attribute : List.of("id", "source", "type")) {
        JsonNode value = event.json().path(attribute);
        if (!value.isTextual() || value.textValue().isEmpty()) {
          throw invalid(
              "the attribute " + attribute + " of a cloud event",
              "must be a text that is not empty");
        }
      }
      payload(event.json(), "the cloud event " + event.identity());
    }
  }

  /** The size of a page that is asked for, within bounds. */
  int limit(int limit) {
    if (limit < 1) {
      throw invalid("limit", "must be at least 1, not " + limit);
    }
    return Math.min(limit, limits.listSize());
  }

  private boolean isTooLong(String text) {
    return text.length() > limits.labelLength();
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  private static Refusal invalid(String what, String rule) {
    return new Refusal(Refusal.Code.INVALID_REQUEST, what + " " + rule);
  }
}
