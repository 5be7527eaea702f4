package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.AuditEntry;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(name = "audit", description = "Lists changes and who made them, latest first.")
final class AuditCommand extends RemoteCommand {
  @Option(names = "--limit", paramLabel = "N", description = "How many at most; 50 without it.")
  int limit = 50;

  @Option(names = "--cursor", description = "Goes on where a list before ended.")
  @Nullable String cursor;

  AuditCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    Page<AuditEntry> page = CapstanClient.await(client.audit(new PageRequest(limit, cursor)));
    if (wantsJson()) {
      json(page.items());
    } else {
      Table table = new Table("TIME", "WHO", "WHAT", "OBJECT", "RESULT", "DETAIL");
      for (AuditEntry each : page.items()) {
        table.row(
            each.time().toString(),
            each.principal(),
            each.operation(),
            each.object(),
            each.result(),
            each.detail() == null ? "" : each.detail());
      }
      table(table, page.items().isEmpty(), "no changes yet");
    }
    if (page.next() != null) {
      console.talk("more: --cursor " + page.next());
    }
    return ExitCode.OK;
  }
}
