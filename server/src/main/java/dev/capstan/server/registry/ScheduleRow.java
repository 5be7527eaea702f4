package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.capstan.api.storage.v1.CorrelationKey;
import dev.capstan.api.storage.v1.Schedule;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.JsonBytes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The schedule of the latest version of a definition, as it is stored, under namespace and name
 * with a zero byte between.
 *
 * @param hash of the definition's text
 * @param expression for people: the duration, cron expression or types of events
 * @param next when it fires; null when an event or an end has to come first
 * @param last when it last fired
 * @param fired how many executions it has started
 * @param groups cloud events that wait for others, see {@link EventGroups}
 * @param gatherings cloud events that are gathered until something happens
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
    List<EventGroup> groups,
    Gatherings gatherings) {

  /** What starts executions. */
  enum Kind {
    EVERY(1),
    CRON(2),
    AFTER(3),
    ON(4);

    /** As {@code rows.proto} has it. */
    private final int number;

    Kind(int number) {
      this.number = number;
    }

    static Kind of(Schedule.Kind stored) {
      for (Kind kind : values()) {
        if (kind.number == stored.getNumber()) {
          return kind;
        }
      }
      throw new IllegalStateException("a schedule has an unknown kind: " + stored);
    }

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
        namespace,
        name,
        version,
        hash,
        kind,
        expression,
        following,
        at,
        fired + 1,
        groups,
        gatherings);
  }

  /** The same with nothing planned. */
  ScheduleRow unplanned() {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, null, last, fired, groups, gatherings);
  }

  ScheduleRow withNext(Instant at) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, at, last, fired, groups, gatherings);
  }

  ScheduleRow withGroups(List<EventGroup> changed) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, next, last, fired, changed, gatherings);
  }

  ScheduleRow withGatherings(Gatherings changed) {
    return new ScheduleRow(
        namespace, name, version, hash, kind, expression, next, last, fired, groups, changed);
  }

  byte[] write() {
    Schedule.Builder row =
        Schedule.newBuilder()
            .setNamespace(namespace)
            .setName(name)
            .setVersion(version)
            .setHash(hash)
            .setKind(Schedule.Kind.forNumber(kind.number))
            .setExpression(expression)
            .setFired(fired);
    if (next != null) {
      row.setNextMillis(next.toEpochMilli());
    }
    if (last != null) {
      row.setLastMillis(last.toEpochMilli());
    }
    groups.forEach(group -> row.addGroups(write(group)));
    gatherings.open().forEach(gathering -> row.addGatherings(write(gathering)));
    row.setGatheredBytes(gatherings.bytes());
    return row.build().toByteArray();
  }

  static ScheduleRow read(byte[] value) {
    Schedule row;
    try {
      row = Schedule.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a schedule is damaged", e);
    }
    return new ScheduleRow(
        row.getNamespace(),
        row.getName(),
        row.getVersion(),
        row.getHash(),
        Kind.of(row.getKind()),
        row.getExpression(),
        row.hasNextMillis() ? Instant.ofEpochMilli(row.getNextMillis()) : null,
        row.hasLastMillis() ? Instant.ofEpochMilli(row.getLastMillis()) : null,
        row.getFired(),
        row.getGroupsList().stream().map(ScheduleRow::read).toList(),
        new Gatherings(
            row.getGatheringsList().stream().map(ScheduleRow::read).toList(),
            row.getGatheredBytes()));
  }

  private static dev.capstan.api.storage.v1.EventGroup write(EventGroup group) {
    var row = dev.capstan.api.storage.v1.EventGroup.newBuilder();
    for (CloudEvent event : group.events()) {
      row.addEvents(
          event == null
              ? ByteString.EMPTY
              : UnsafeByteOperations.unsafeWrap(JsonBytes.of(event.json())));
    }
    return row.addAllKeys(write(group.keys())).build();
  }

  private static dev.capstan.api.storage.v1.EventGathering write(EventGathering gathering) {
    return dev.capstan.api.storage.v1.EventGathering.newBuilder()
        .addAllEvents(gathering.events())
        .addAllEnding(gathering.ending())
        .addAllMet(gathering.met())
        .addAllKeys(write(gathering.keys()))
        .setDropped(gathering.dropped())
        .setDue(gathering.due())
        .build();
  }

  private static List<CorrelationKey> write(Map<String, JsonNode> keys) {
    return keys.entrySet().stream()
        .map(key ->
            CorrelationKey.newBuilder()
                .setName(key.getKey())
                .setValue(UnsafeByteOperations.unsafeWrap(JsonBytes.of(key.getValue())))
                .build())
        .toList();
  }

  private static EventGroup read(dev.capstan.api.storage.v1.EventGroup row) {
    List<@Nullable CloudEvent> events = new ArrayList<>();
    for (ByteString event : row.getEventsList()) {
      events.add(event.isEmpty() ? null : new CloudEvent(JsonBytes.read(event)));
    }
    return new EventGroup(Collections.unmodifiableList(events), keys(row.getKeysList()));
  }

  private static EventGathering read(dev.capstan.api.storage.v1.EventGathering row) {
    return new EventGathering(
        row.getEventsList(),
        row.getEndingList(),
        row.getMetList(),
        keys(row.getKeysList()),
        row.getDropped(),
        row.getDue());
  }

  private static Map<String, JsonNode> keys(List<CorrelationKey> stored) {
    Map<String, JsonNode> keys = new TreeMap<>();
    stored.forEach(key -> keys.put(key.getName(), JsonBytes.read(key.getValue())));
    return keys;
  }
}
