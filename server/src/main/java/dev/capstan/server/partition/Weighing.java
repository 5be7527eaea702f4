package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * About how many bytes values take together, as JSON. What several of them share counts once: the
 * iterations of a loop all have its input, which may be large.
 */
final class Weighing {
  /** Scalars are not remembered below this size. */
  private static final int SMALL = 64;

  private final Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<JsonNode> open = new ArrayDeque<>();
  private long bytes;

  Weighing add(JsonNode value) {
    open.push(value);
    for (JsonNode next = open.poll(); next != null; next = open.poll()) {
      take(next);
    }
    return this;
  }

  private void take(JsonNode value) {
    if (!value.isContainerNode()) {
      long size = JsonSize.of(value, Long.MAX_VALUE);
      bytes += size < SMALL || seen.add(value) ? size : 0;
    } else if (seen.add(value)) {
      bytes += 2;
      if (value.isArray()) {
        bytes += value.size();
        value.forEach(open::push);
      } else {
        value
            .properties()
            .forEach(member -> {
              bytes += member.getKey().length() + 4L;
              open.push(member.getValue());
            });
      }
    }
  }

  long bytes() {
    return bytes;
  }
}
