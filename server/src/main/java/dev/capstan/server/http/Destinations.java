package dev.capstan.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.TaskId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where requests are carried out: by the partition that owns what they are about, wherever that is
 * led. Any thread.
 *
 * @param leaders of the partitions, in order
 */
public record Destinations(KeySpace keys, List<LeaderLocator> leaders) {
  /** Everything is carried out here. */
  public static final Destinations HERE = one(LeaderLocator.HERE);

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * @throws IllegalArgumentException unless there is a leader for each partition
   */
  public Destinations {
    if (leaders.size() != keys.partitions()) {
      throw new IllegalArgumentException(
          leaders.size() + " leaders of " + keys.partitions() + " partitions");
    }
    leaders = List.copyOf(leaders);
  }

  /** Everything belongs to one partition. */
  public static Destinations one(LeaderLocator leader) {
    return new Destinations(KeySpace.ONE, List.of(leader));
  }

  /** The partition that a request is for; the first for what reaches all. */
  int partition(Reach reach, Call call) {
    if (keys.partitions() == 1) {
      return 0;
    }
    return switch (reach) {
      case CLUSTER, ALL -> 0;
      case EACH -> (int) call.query().number("partition", 0, 0, keys.partitions() - 1L);
      case EXECUTION -> keys.ownerOf(call.path("id"));
      case TASK -> keys.ownerOf(TaskId.of(call.path("id")).execution());
      case NEW -> partitionOfStart(call);
    };
  }

  /**
   * Whether a request that changes something is carried out once however often it is sent: whoever
   * starts an execution may choose its id, and other requests may have a key.
   */
  static boolean isRepeatable(Reach reach, Call call) {
    return call.idempotencyKey() != null || (reach == Reach.NEW && id(call.body()) != null);
  }

  private int partitionOfStart(Call call) {
    String id = id(call.body());
    if (id != null) {
      return keys.ownerOf(id);
    }
    String key = call.idempotencyKey();
    return key == null ? anyLedHere() : keys.ownerOfKey(key);
  }

  /** A partition that is led here; any if none is. */
  private int anyLedHere() {
    List<Integer> here = new ArrayList<>();
    for (int partition = 0; partition < leaders.size(); partition++) {
      if (leaders.get(partition).isHere()) {
        here.add(partition);
      }
    }
    ThreadLocalRandom chance = ThreadLocalRandom.current();
    return here.isEmpty() ? chance.nextInt(leaders.size()) : here.get(chance.nextInt(here.size()));
  }

  /**
   * The member {@code id} of an object; null where there is none, or no object: that is told later.
   */
  private static @Nullable String id(byte[] body) {
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("id");
        if (parser.nextToken() == JsonToken.VALUE_STRING && wanted) {
          return parser.getText();
        }
        parser.skipChildren();
      }
      return null;
    } catch (IOException e) {
      return null;
    }
  }
}
