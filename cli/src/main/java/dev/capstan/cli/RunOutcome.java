package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.ErrorObject;
import dev.capstan.client.Execution;
import dev.capstan.client.RecordJson;

/** How an execution that has ended is shown, and what exit code that is. */
final class RunOutcome {
  private RunOutcome() {}

  static int exitCode(Execution execution) {
    return switch (execution.status()) {
      case "completed" -> ExitCode.OK;
      case "faulted", "cancelled" -> ExitCode.FAILED;
      default -> ExitCode.STILL_RUNNING;
    };
  }

  /**
   * Prints the output as data, or the error as talk; with {@code asJson} one object with everything
   * as data.
   */
  static int show(Console console, Execution execution, boolean asJson) {
    if (asJson) {
      console.data(JsonText.pretty(json(execution)));
    } else if (execution.status().equals("completed")) {
      JsonNode output = execution.output();
      console.data(JsonText.pretty(output == null ? JsonNodeFactory.instance.nullNode() : output));
    }
    if (execution.error() != null) {
      error(console, execution, execution.error());
    } else if (execution.status().equals("cancelled")) {
      console.talk(console.paint(Style.ATTENTION, "cancelled:") + " execution " + execution.id());
    }
    return exitCode(execution);
  }

  /** Always the same members, so that scripts may rely on them. */
  static ObjectNode json(Execution execution) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("id", execution.id());
    object.put("status", execution.status());
    object.set("output", execution.output());
    object.set("error", execution.error() == null ? null : RecordJson.write(execution.error()));
    object.put("startedAt", execution.startedAt().toString());
    object.put("endedAt", execution.endedAt() == null ? null : execution.endedAt().toString());
    return object;
  }

  private static void error(Console console, Execution execution, ErrorObject error) {
    String title = error.title() == null ? "" : " " + error.title();
    console.talk(
        console.paint(Style.BAD, "faulted:")
            + Table.printable(title)
            + " ("
            + error.type().substring(error.type().lastIndexOf('/') + 1)
            + ", status "
            + error.status()
            + ")");
    if (error.instance() != null && !error.instance().isEmpty()) {
      console.talk("  at " + Table.printable(error.instance()));
    }
    if (error.detail() != null) {
      error
          .detail()
          .lines()
          .limit(20)
          .forEach(line -> console.talk("  = " + Table.printable(line)));
    }
    console.talk("  = execution " + execution.id());
  }
}
