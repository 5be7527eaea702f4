package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Another version of a definition that does the same: every list of tasks begins with a step whose
 * condition never holds, so that all tasks stand elsewhere.
 */
final class OtherVersion {
  static final String FIRST = "1.0.0";
  static final String VERSION = "1.0.1";

  /** Name of the step. */
  static final String STEP = "idle";

  private OtherVersion() {}

  static String of(String definition) {
    ObjectNode root = (ObjectNode) Yaml.read(definition);
    ((ObjectNode) root.path("document")).put("version", VERSION);
    list(root, "do");
    for (JsonNode function : root.path("use").path("functions")) {
      task((ObjectNode) function);
    }
    return root.toString();
  }

  private static void list(JsonNode around, String key) {
    if (around.path(key) instanceof ArrayNode tasks) {
      inside(tasks);
      ObjectNode step = tasks.insertObject(0).putObject(STEP);
      step.put("if", "false").putObject("set").put("never", true);
    }
  }

  private static void inside(ArrayNode tasks) {
    for (JsonNode named : tasks) {
      named.forEach(task -> task((ObjectNode) task));
    }
  }

  private static void task(ObjectNode task) {
    for (String key : List.of("do", "try")) {
      list(task, key);
    }
    list(task.path("catch"), "do");
    list(task.path("foreach"), "do");
    if (task.path("fork").path("branches") instanceof ArrayNode branches) {
      inside(branches);
    }
  }
}
