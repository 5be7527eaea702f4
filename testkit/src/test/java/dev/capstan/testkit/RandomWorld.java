package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The outside world of a generated run: what becomes of each task on a node, and what people do.
 * What becomes of a task depends on the seed and on which task it is, never on how often its
 * attempts were lost with a leader.
 */
final class RandomWorld implements Worker {
  private final long seed;
  private final Map<String, Map<String, Integer>> visits = new LinkedHashMap<>();
  private final Map<String, Integer> runs = new LinkedHashMap<>();

  RandomWorld(long seed) {
    this.seed = seed;
  }

  @Override
  public WorkResult run(WorkRequest request) {
    String execution = request.idempotencyKey().substring(0, request.idempotencyKey().indexOf('/'));
    // Where it stands in its list counts for nothing: its name is unique there.
    String place = execution + request.reference().replaceAll("/\\d+/", "/");
    Map<String, Integer> keys = visits.computeIfAbsent(place, _ -> new LinkedHashMap<>());
    int visit = keys.computeIfAbsent(request.idempotencyKey(), _ -> keys.size());
    int run = runs.merge(request.idempotencyKey(), 1, Integer::sum);
    SplittableRandom random = new SplittableRandom(seed ^ (place + "#" + visit).hashCode() + run);
    Duration delay = Duration.ofNanos(random.nextLong(1, 30_000_000_000L));
    int draw = random.nextInt(100);
    if (draw < 5) {
      return new WorkResult.Hang();
    }
    WorkResult result = result(draw, run);
    return new WorkResult.After(
        delay,
        result instanceof WorkResult.Output && request.arguments().has("redirect")
            ? new WorkResult.Output(schema(request.arguments().at("/endpoint/uri").asText()))
            : result);
  }

  /** A schema that all data, most or objects keep to, as a node that fetches it says it. */
  private static JsonNode schema(String uri) {
    String text =
        switch (uri.replaceFirst(".*/", "").charAt(0)) {
          case '0' -> "true";
          case '1' -> "type: [object, array, number]";
          default -> "type: object";
        };
    return TextNode.valueOf(
        Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static WorkResult result(int draw, int run) {
    if (draw < 15 && run == 1) {
      return new WorkResult.Lost();
    }
    return draw < 35
        ? new WorkResult.Fault(
            new WorkflowError(ErrorType.COMMUNICATION.uri(), 400 + draw % 2, null, "no", null))
        : new WorkResult.Output(IntNode.valueOf(draw));
  }

  /** Something that somebody does, some time after the thing before. */
  record Deed(Duration after, Object what) {}

  /** What people do, in order: commands and cloud events. */
  List<Deed> deeds() {
    SplittableRandom random = new SplittableRandom(seed * 31 + 7);
    List<Deed> deeds = new ArrayList<>();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      Duration after = Duration.ofNanos(random.nextLong(1, 20_000_000_000L));
      int draw = random.nextInt(100);
      if (draw < 70) {
        deeds.add(new Deed(after, event(i, random)));
      } else if (draw < 92) {
        deeds.add(new Deed(after, new Command.Suspend("somebody", null)));
        Duration pause = Duration.ofNanos(random.nextLong(1, 40_000_000_000L));
        deeds.add(new Deed(pause, new Command.Resume("somebody")));
      } else if (draw < 97) {
        deeds.add(new Deed(after, new Command.Retry("somebody")));
      } else {
        deeds.add(new Deed(after, new Command.Cancel("somebody", null)));
      }
    }
    return deeds;
  }

  private static CloudEvent event(int number, SplittableRandom random) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("id", String.valueOf(number)).put("source", "world");
    event.put("type", "e" + random.nextInt(RandomWorkflow.EVENT_TYPES));
    event.put("data", random.nextInt(2));
    return new CloudEvent(event);
  }
}
