package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.TaskExplanation;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "task",
    description = {
      "Says why a task is where it is, or why it waits, and since when.",
      "%n  explain ID   capstan show and capstan history tell the ids of tasks"
    })
final class TaskCommand extends RemoteCommand {
  @Parameters(index = "0", paramLabel = "WORD", description = "explain.")
  String word = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "Id of the task, such as order-17:4.")
  @Nullable String id;

  TaskCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    if (!word.equals("explain")) {
      throw CliFailure.misuse(
          "capstan task has no word \"" + word + "\"", "capstan task explain ID");
    }
    if (id == null) {
      throw CliFailure.misuse(
          "capstan task explain needs the id of a task",
          "capstan show ID and capstan history ID tell the ids of an execution's tasks");
    }
    show(CapstanClient.await(client.explain(id)));
    return ExitCode.OK;
  }

  private void show(TaskExplanation task) {
    if (wantsJson()) {
      json(task);
      return;
    }
    console.data("task      " + task.name() + ", " + task.reference());
    console.data("execution " + task.execution());
    console.data(
        "status    " + task.status() + (task.attempt() > 1 ? ", attempt " + task.attempt() : ""));
    if (task.node() != null) {
      console.data("node      " + task.node());
    }
    console.data("since     " + task.since() + ", " + Times.relative(task.since(), Instant.now()));
    console.data("why       " + Table.printable(task.reason()));
    if (task.wants() != null) {
      console.data("wants     " + task.wants());
    }
  }
}
