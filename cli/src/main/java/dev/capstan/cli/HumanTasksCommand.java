package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Decided;
import dev.capstan.client.HumanTask;
import dev.capstan.client.HumanTaskFilter;
import dev.capstan.client.Interactions;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import dev.capstan.dsl.diagnostic.NearestName;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "human-tasks",
    description = {
      "Lists tasks that wait for a person to decide, and decides them.",
      "%n  list           those that are open; --assignee, --candidate, --workflow",
      "  show ID        one of them, with the form of its decision",
      "  complete ID    decides it: --decision JSON",
      "  assign ID WHO  says who is to decide it; without WHO nobody in particular"
    })
final class HumanTasksCommand extends RemoteCommand {
  private static final List<String> WORDS = List.of("list", "show", "complete", "assign");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "WORD",
      description = "What to do; list without it.")
  String word = "list";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ID",
      description = "Id of the human task, such as order-17:4.")
  @Nullable String id;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "WHO",
      description = "With assign: a user or a group.")
  @Nullable String who;

  @Option(
      names = {"-d", "--decision"},
      paramLabel = "JSON|@FILE|-",
      description = "With complete: what was decided.")
  @Nullable String decision;

  @Option(names = "--assignee", paramLabel = "WHO", description = "With list: only of this one.")
  @Nullable String assignee;

  @Option(
      names = "--candidate",
      paramLabel = "WHO",
      description = "With list: only those that this user or group may take.")
  @Nullable String candidate;

  @Option(
      names = "--workflow",
      paramLabel = "NAME",
      description = "With list: only of this workflow: name or namespace/name.")
  @Nullable String workflow;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "With list: how many at most; 50 without it.")
  int limit = 50;

  @Option(names = "--cursor", description = "With list: goes on where a list before ended.")
  @Nullable String cursor;

  HumanTasksCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    Interactions interactions = client.interactions();
    refuseWhatBelongsElsewhere();
    switch (word) {
      case "list" -> list(interactions);
      case "show" -> show(CapstanClient.await(interactions.humanTask(id())));
      case "complete" -> complete(interactions);
      case "assign" -> show(CapstanClient.await(interactions.assign(id(), who)));
      default -> {
        String nearest = NearestName.among(WORDS, word);
        throw CliFailure.misuse(
            "capstan human-tasks has no word \"" + word + "\"",
            (nearest == null ? "" : "did you mean \"" + nearest + "\"?\n")
                + "one of "
                + String.join(", ", WORDS));
      }
    }
    return ExitCode.OK;
  }

  private void refuseWhatBelongsElsewhere() {
    if (decision != null && !word.equals("complete")) {
      throw CliFailure.misuse(
          "capstan human-tasks " + word + " has no --decision",
          "capstan human-tasks complete ID has");
    }
    if (who != null && !word.equals("assign")) {
      throw CliFailure.misuse(
          "capstan human-tasks " + word + " takes no \"" + who + "\"",
          "capstan human-tasks assign ID WHO does");
    }
    boolean filtered = assignee != null || candidate != null || workflow != null;
    if (filtered && !word.equals("list")) {
      throw CliFailure.misuse(
          "capstan human-tasks " + word + " has no --assignee, --candidate and --workflow",
          "capstan human-tasks list has");
    }
    if (id != null && word.equals("list")) {
      throw CliFailure.misuse(
          "capstan human-tasks list takes no \"" + id + "\"", "capstan human-tasks show ID does");
    }
  }

  private String id() {
    if (id == null) {
      throw CliFailure.misuse(
          "capstan human-tasks " + word + " needs the id of a human task",
          "capstan human-tasks lists them");
    }
    return id;
  }

  private void complete(Interactions interactions) throws IOException {
    String task = id();
    JsonNode decided = InputText.json(console, decision, "--decision");
    if (decided == null) {
      throw CliFailure.misuse(
          "capstan human-tasks complete needs a decision", "--decision '{\"approved\": true}'");
    }
    Decided taken = CapstanClient.await(interactions.complete(task, decided));
    if (wantsJson()) {
      json(taken);
    } else {
      console.talk("decided " + task);
    }
  }

  private void list(Interactions interactions) {
    Page<HumanTask> page =
        CapstanClient.await(
            interactions.humanTasks(
                new HumanTaskFilter(assignee, candidate, workflow),
                new PageRequest(limit, cursor)));
    if (wantsJson()) {
      json(page.items());
    } else {
      Instant now = Instant.now();
      Table table = new Table("ID", "TITLE", "ASSIGNEE", "CANDIDATES", "SINCE", "DUE", "WORKFLOW");
      for (HumanTask each : page.items()) {
        table.row(
            each.id(),
            Table.printable(each.title()),
            each.assignee() == null ? "" : Table.printable(each.assignee()),
            Table.printable(String.join(", ", each.candidates())),
            Times.relative(each.since(), now),
            each.dueAt() == null ? "" : Times.relative(each.dueAt(), now),
            each.workflow().toString());
      }
      table(table, page.items().isEmpty(), "nobody is asked to decide anything");
    }
    if (page.next() != null) {
      console.talk("more: --cursor " + page.next());
    }
  }

  private void show(HumanTask task) {
    if (wantsJson()) {
      json(task);
      return;
    }
    console.data("id         " + task.id());
    console.data("title      " + Table.printable(task.title()));
    if (task.description() != null) {
      task.description().lines().forEach(line -> console.data("           " + line));
    }
    console.data("task       " + task.task() + ", " + task.reference());
    console.data("execution  " + task.execution() + " of " + task.workflow());
    console.data(
        "assignee   "
            + (task.assignee() == null
                ? "nobody in particular"
                : Table.printable(task.assignee())));
    if (!task.candidates().isEmpty()) {
      console.data("candidates " + Table.printable(String.join(", ", task.candidates())));
    }
    if (task.priority() != 0) {
      console.data("priority   " + task.priority());
    }
    Instant now = Instant.now();
    console.data("since      " + task.since() + ", " + Times.relative(task.since(), now));
    if (task.dueAt() != null) {
      console.data("due        " + task.dueAt() + ", " + Times.relative(task.dueAt(), now));
    }
    data("input", task.input());
    data("form", task.form());
  }

  private void data(String name, @Nullable JsonNode value) {
    if (value != null) {
      console.data(name + ":");
      JsonText.pretty(value).lines().forEach(line -> console.data("  " + line));
    }
  }
}
