package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a case says of the end; null where it says nothing.
 *
 * @param status of the execution
 * @param error members that the error must have
 * @param ran tasks that began, in this order, others between them or not
 * @param neverRan tasks that did not begin
 * @param calls everything that went to nodes, in this order, each attempt by itself
 * @param emitted the events that the workflow published, in this order: members that they must have
 * @param took virtual time
 */
record Expectation(
    String status,
    @Nullable JsonNode output,
    @Nullable JsonNode context,
    @Nullable JsonNode error,
    List<String> ran,
    List<String> neverRan,
    @Nullable List<Call> calls,
    @Nullable List<JsonNode> emitted,
    @Nullable Duration took) {
  Expectation {
    ran = List.copyOf(ran);
    neverRan = List.copyOf(neverRan);
  }

  /**
   * An attempt that went to a node.
   *
   * @param task its name or JSON pointer
   * @param with members that the arguments must have; null for any
   */
  record Call(String task, @Nullable JsonNode with) {}
}
