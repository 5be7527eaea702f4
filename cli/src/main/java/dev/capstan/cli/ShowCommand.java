package dev.capstan.cli;

import dev.capstan.cli.live.RunName;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.ErrorObject;
import dev.capstan.client.Execution;
import dev.capstan.client.TaskRun;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "show",
    description =
        "Shows an execution: its state, data, and the tasks that are alive and why they wait.")
final class ShowCommand extends RemoteCommand {
  @Parameters(paramLabel = "ID", description = "Id of the execution.")
  String id = "";

  ShowCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    Execution execution = CapstanClient.await(client.execution(id));
    if (wantsJson()) {
      json(execution);
      return ExitCode.OK;
    }
    Instant now = Instant.now();
    line("id", execution.id());
    line("workflow", execution.workflow().toString());
    line("status", execution.status());
    line("started", execution.startedAt() + " by " + execution.startedBy());
    if (execution.endedAt() != null) {
      Duration took = Duration.between(execution.startedAt(), execution.endedAt());
      line("ended", execution.endedAt() + ", took " + Times.show(took));
    }
    line("parent", execution.parent());
    line("from", execution.continuedFrom());
    line("goes on", execution.continuedAs());
    execution.labels().forEach((name, value) -> line("label", name + "=" + value));
    ErrorObject error = execution.error();
    if (error != null) {
      line("error", error.type() + ", status " + error.status());
      line("", error.title());
      line("", error.detail());
      line("at", error.instance());
    }
    line("input", execution.input() == null ? null : JsonText.pretty(execution.input()));
    line("output", execution.output() == null ? null : JsonText.pretty(execution.output()));
    if (!execution.tasks().isEmpty()) {
      console.data("");
      tasks(execution, now).lines(console.columns()).forEach(console::data);
    }
    return ExitCode.OK;
  }

  private static Table tasks(Execution execution, Instant now) {
    Table table = new Table("TASK", "STATUS", "ATTEMPT", "NODE", "SINCE", "GOES ON", "WHY", "ID");
    for (TaskRun task : execution.tasks()) {
      String name = RunName.of(task.name(), task.reference());
      table.row(
          task.iteration() > 0 ? name + "[" + task.iteration() + "]" : name,
          task.status(),
          task.attempt() == 0 ? "" : Integer.toString(task.attempt()),
          task.node() == null ? "" : task.node(),
          task.startedAt() == null ? "" : Times.relative(task.startedAt(), now),
          task.dueAt() == null ? "" : Times.relative(task.dueAt(), now),
          task.reason() == null ? "" : task.reason(),
          task.id());
    }
    return table;
  }

  private void line(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    String[] lines = value.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      console.data(
          ((i == 0 ? name : "") + " ".repeat(10))
                  .substring(0, Math.max(10, i == 0 ? name.length() : 0))
              + lines[i]);
    }
  }
}
