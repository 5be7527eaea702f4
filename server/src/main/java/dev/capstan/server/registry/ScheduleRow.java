package dev.capstan.server.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The schedule of the latest version of a definition, as it is stored: JSON with a version of its
 * form ({@code v}), under namespace and name with a zero byte between.
 *
 * @param hash of the definition's text
 * @param expression for people: the duration, cron expression or types of events
 * @param next when it fires; null when an event or an end has to come first
 * @param last when it last fired
 * @param fired how many executions it has started
 * @param groups cloud events that wait for others, see {@link EventGroups}
 */
record ScheduleRow(
    String namespace,
    String name,
    String version,
    String hash,
    Kind kind,
    String expression,
    @Nullable Instant next,
    @Nullable Instant last,
    long fired,
    JsonNode groups) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int VERSION = 1;

  /** What starts executions. */
  enum Kind {
    EVERY,
    CRON,
    AFTER,
    ON;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static byte[] key(String namespace, String name) {
    return (namespace + "\0" + name).getBytes(StandardCharsets.UTF_8);
  }

  byte[] key() {
    return key(namespace, name);
  }

  /** The same after it has fired. */
  ScheduleRow fired(Instant at, @Nullable Instant following) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, following, at, fired + 1, groups);
  }

  /** The same with nothing planned. */
  ScheduleRow unplanned() {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, null, last, fired, groups);
  }

  ScheduleRow withNext(Instant at) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, at, last, fired, groups);
  }

  ScheduleRow withGroups(JsonNode changed) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, next, last, fired, changed);
  }

  byte[] write() {
    ObjectNode json = JSON.createObjectNode();
    json.put("v", VERSION)
        .put("namespace", namespace)
        .put("name", name)
        .put("version", version)
        .put("hash", hash)
        .put("kind", kind.word())
        .put("expression", expression)
        .put("fired", fired);
    put(json, "next", next);
    put(json, "last", last);
    json.set("groups", groups);
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  static ScheduleRow read(byte[] value) {
    JsonNode json;
    try {
      json = JSON.readTree(value);
    } catch (IOException e) {
      throw new UncheckedIOException("the row of a schedule is damaged", e);
    }
    return new ScheduleRow(
        json.path("namespace").asText(),
        json.path("name").asText(),
        json.path("version").asText(),
        json.path("hash").asText(),
        Kind.valueOf(json.path("kind").asText().toUpperCase(Locale.ROOT)),
        json.path("expression").asText(),
        instant(json, "next"),
        instant(json, "last"),
        json.path("fired").asLong(),
        json.path("groups"));
  }

  private static void put(ObjectNode json, String name, @Nullable Instant at) {
    if (at != null) {
      json.put(name, at.toEpochMilli());
    }
  }

  private static @Nullable Instant instant(JsonNode json, String name) {
    return json.has(name) ? Instant.ofEpochMilli(json.path(name).asLong()) : null;
  }
}
