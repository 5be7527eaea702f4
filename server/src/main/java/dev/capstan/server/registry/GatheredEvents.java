package dev.capstan.server.registry;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.capstan.api.storage.v1.GatheredEvent;
import dev.capstan.api.storage.v1.RecentEvents;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.JsonBytes;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The events that one schedule has gathered, each a row, so that another event costs no more to
 * store than itself; and which ones have been in gatherings that ended, so that an event which is
 * published again is not gathered again.
 */
final class GatheredEvents {
  /** How many events of gatherings that have ended are remembered. */
  static final int RECENT = 1_000;

  private static final int NAME_BYTES = 16;

  private final byte[] schedule;
  private final TransactionView view;

  /**
   * @param schedule the key of its row
   */
  GatheredEvents(byte[] schedule, TransactionView view) {
    this.schedule = schedule;
    this.view = view;
  }

  /** What an event is called: equal for two deliveries of one event. */
  static ByteString name(CloudEvent event) {
    return ByteString.copyFrom(ScheduledStart.sha256(event.identity()), 0, NAME_BYTES);
  }

  /** Forgets everything that was gathered for a schedule. */
  static Change forgetting(byte[] schedule) {
    byte[] end = key(schedule, "", ByteString.EMPTY);
    end[end.length - 1] = 1;
    return new Change.DeleteRange(Table.CLOUD_EVENTS, key(schedule, "", ByteString.EMPTY), end);
  }

  /** Stores an event; answers how many bytes it has. */
  long add(ByteString name, CloudEvent event) {
    byte[] json = JsonBytes.of(event.json());
    GatheredEvent row =
        GatheredEvent.newBuilder().setEvent(UnsafeByteOperations.unsafeWrap(json)).build();
    view.write(new Change.Put(Table.CLOUD_EVENTS, event(name), row.toByteArray()));
    return json.length;
  }

  CloudEvent get(ByteString name) {
    return new CloudEvent(JsonBytes.read(json(name)));
  }

  /** Removes an event; answers how many bytes it had. */
  long remove(ByteString name) {
    long size = json(name).size();
    view.write(new Change.Delete(Table.CLOUD_EVENTS, event(name)));
    return size;
  }

  /** Whether an event was in a gathering that has ended lately. */
  boolean wasGathered(ByteString name) {
    return recent().contains(name);
  }

  /** Remembers what was in a gathering that has ended. */
  void ended(EventGathering gathering) {
    List<ByteString> names = new ArrayList<>(recent());
    names.addAll(gathering.events());
    names.addAll(gathering.ending());
    List<ByteString> last = names.subList(Math.max(0, names.size() - RECENT), names.size());
    view.write(
        new Change.Put(
            Table.CLOUD_EVENTS,
            key(schedule, "r", ByteString.EMPTY),
            RecentEvents.newBuilder().addAllEvents(last).build().toByteArray()));
  }

  private List<ByteString> recent() {
    byte[] row = view.get(Table.CLOUD_EVENTS, key(schedule, "r", ByteString.EMPTY));
    try {
      return row == null ? List.of() : RecentEvents.parseFrom(row).getEventsList();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a row of gathered events is damaged", e);
    }
  }

  private ByteString json(ByteString name) {
    byte[] row = view.get(Table.CLOUD_EVENTS, event(name));
    if (row == null) {
      throw new IllegalStateException("an event that was gathered is missing");
    }
    try {
      return GatheredEvent.parseFrom(row).getEvent();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a gathered event is damaged", e);
    }
  }

  private byte[] event(ByteString name) {
    return key(schedule, "e", name);
  }

  private static byte[] key(byte[] schedule, String kind, ByteString name) {
    return ByteString.copyFrom(schedule)
        .concat(ByteString.copyFrom("\0" + kind, StandardCharsets.UTF_8))
        .concat(name)
        .toByteArray();
  }
}
