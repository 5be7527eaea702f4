package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.testkit.WorkResult;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One case of a workflow. Immutable; each run has an engine of its own. */
public final class TestCase {
  private final String name;
  private final int line;
  private final Workflows workflows;
  private final World world;
  private final Expectation expectation;

  TestCase(String name, int line, Workflows workflows, World world, Expectation expectation) {
    this.name = name;
    this.line = line;
    this.workflows = workflows;
    this.world = world;
    this.expectation = expectation;
  }

  /** What the author calls it. */
  public String name() {
    return name;
  }

  /** Where it begins in its file, from 1. */
  public int line() {
    return line;
  }

  /** Runs it to where it ends, or waits for what does not come. */
  public CaseResult run() {
    return new CaseRun(workflows, world).go(expectation);
  }

  /**
   * What the workflow meets.
   *
   * @param answers by a task's name or JSON pointer, for one time that it runs after the other; the
   *     last goes on for ever
   * @param events in the order of the file
   */
  record World(
      JsonNode input,
      Map<String, JsonNode> secrets,
      Map<String, List<WorkResult>> answers,
      List<Arrival> events) {

    World {
      secrets = new LinkedHashMap<>(secrets);
      answers = new LinkedHashMap<>(answers);
      events = List.copyOf(events);
    }
  }

  /**
   * A cloud event that arrives.
   *
   * @param after how long after the start; null as soon as a task listens to its type
   */
  record Arrival(JsonNode event, @Nullable Duration after) {

    String type() {
      return event.path("type").asText();
    }
  }
}
