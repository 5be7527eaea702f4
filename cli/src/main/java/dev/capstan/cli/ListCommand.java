package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionFilter;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "list",
    aliases = "ls",
    description = "Lists executions, latest start first.")
final class ListCommand extends RemoteCommand {
  @Option(
      names = "--status",
      paramLabel = "WORD",
      description = "Only with this status, such as running or faulted.")
  @Nullable String status;

  @Option(
      names = "--workflow",
      paramLabel = "NAME",
      description = "Only of this workflow: name or namespace/name.")
  @Nullable String workflow;

  @Option(
      names = {"-l", "--label"},
      paramLabel = "NAME=VALUE",
      description = "Only with this label; may be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(names = "--limit", paramLabel = "N", description = "How many at most; 20 without it.")
  int limit = 20;

  @Option(names = "--cursor", description = "Goes on where a list before ended.")
  @Nullable String cursor;

  ListCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    Page<Execution> page =
        CapstanClient.await(
            client.executions(
                new ExecutionFilter(status, workflow, labels, null),
                new PageRequest(limit, cursor)));
    if (wantsJson()) {
      json(page.items());
    } else {
      Instant now = Instant.now();
      Table table = new Table("ID", "STATUS", "STARTED", "TOOK", "WORKFLOW", "ERROR");
      for (Execution each : page.items()) {
        table.row(
            each.id(),
            each.status(),
            Times.relative(each.startedAt(), now),
            each.endedAt() == null
                ? ""
                : Times.show(Duration.between(each.startedAt(), each.endedAt())),
            each.workflow().toString(),
            each.error() == null || each.error().title() == null ? "" : each.error().title());
      }
      table(table, page.items().isEmpty(), "no executions");
    }
    if (page.next() != null) {
      console.talk("more: --cursor " + page.next());
    }
    return ExitCode.OK;
  }
}
