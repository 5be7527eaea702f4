package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Json;

/** What containers are marked with, so that they are found again when their worker has died. */
final class Labels {

  /** Which node's worker runs it; the same after a restart. */
  static final String OWNER = "dev.capstan.owner";

  /** Names one run of one container. */
  static final String RUN = "dev.capstan.run";

  private static final String EXECUTION = "dev.capstan.execution";
  private static final String TASK = "dev.capstan.task";
  private static final String TASK_NUMBER = "dev.capstan.task-number";
  private static final String ATTEMPT = "dev.capstan.attempt";
  private static final String CLEANUP = "dev.capstan.cleanup";
  private static final String AFTER = "dev.capstan.after";

  private Labels() {}

  static ObjectNode of(String owner, String run, Attempt attempt, Lifetime lifetime) {
    ObjectNode labels = Json.object();
    labels.put(OWNER, owner);
    labels.put(RUN, run);
    labels.put(EXECUTION, attempt.token().execution());
    labels.put(TASK, attempt.reference());
    labels.put(TASK_NUMBER, String.valueOf(attempt.token().task()));
    labels.put(ATTEMPT, String.valueOf(attempt.token().attempt()));
    labels.put(CLEANUP, lifetime.cleanup().word());
    labels.put(AFTER, lifetime.after().toString());
    return labels;
  }

  /** When a container with these labels is to be removed. */
  static Lifetime lifetime(JsonNode labels) {
    return Lifetime.remembered(labels.path(CLEANUP).asText(), labels.path(AFTER).asText());
  }

  /** Whether the labels are those of an earlier attempt of the same task of the same owner. */
  static boolean areEarlier(JsonNode labels, JsonNode than) {
    return same(labels, than, OWNER)
        && same(labels, than, EXECUTION)
        && same(labels, than, TASK_NUMBER)
        && labels.path(ATTEMPT).asInt() < than.path(ATTEMPT).asInt();
  }

  private static boolean same(JsonNode labels, JsonNode others, String label) {
    return labels.hasNonNull(label) && labels.path(label).equals(others.path(label));
  }
}
