package dev.capstan.cli;

import dev.capstan.cli.live.EventLine;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "history",
    description = "Shows what happened in an execution, event by event.")
final class HistoryCommand extends RemoteCommand {
  private static final int PAGE = 500;

  @Parameters(paramLabel = "ID", description = "Id of the execution.")
  String id = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many events at most; all without it.")
  int limit = Integer.MAX_VALUE;

  HistoryCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    EventLine lines = new EventLine();
    List<HistoryEvent> all = new ArrayList<>();
    PageRequest request = PageRequest.first(Math.min(PAGE, limit));
    int seen = 0;
    while (true) {
      Page<HistoryEvent> page = CapstanClient.await(client.history(id, request));
      for (HistoryEvent event : page.items()) {
        if (seen++ >= limit) {
          break;
        }
        if (wantsJson()) {
          all.add(event);
        } else {
          console.data(lines.of(event));
        }
      }
      if (page.next() == null || seen >= limit) {
        break;
      }
      request = request.after(page);
    }
    if (wantsJson()) {
      json(all);
    }
    return ExitCode.OK;
  }
}
