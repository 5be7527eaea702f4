package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Schedule;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine;

@CommandLine.Command(
    name = "schedules",
    description = "Lists when deployed workflows start by themselves.")
final class SchedulesCommand extends RemoteCommand {
  SchedulesCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    List<Schedule> schedules = CapstanClient.await(client.schedules());
    if (wantsJson()) {
      json(schedules);
      return ExitCode.OK;
    }
    Instant now = Instant.now();
    Table table = new Table("WORKFLOW", "KIND", "EXPRESSION", "NEXT", "LAST", "FIRED");
    for (Schedule each : schedules) {
      table.row(
          each.namespace() + "/" + each.name() + "@" + each.version(),
          each.kind(),
          each.expression(),
          each.next() == null ? "" : Times.relative(each.next(), now),
          each.last() == null ? "" : Times.relative(each.last(), now),
          Long.toString(each.fired()));
    }
    table(
        table, schedules.isEmpty(), "no schedules; capstan deploy FILE adds those of a definition");
    return ExitCode.OK;
  }
}
