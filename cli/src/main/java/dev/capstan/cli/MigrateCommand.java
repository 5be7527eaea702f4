package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.cli.migration.Candidates;
import dev.capstan.cli.migration.MassMove;
import dev.capstan.cli.migration.Outcome;
import dev.capstan.cli.migration.Outcome.Result;
import dev.capstan.cli.migration.Share;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.RecordJson;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "migrate",
    description =
        "Moves executions that have not ended to another version of their workflow, or says which can"
            + " move and what would change. One that can't move stays as it is.",
    footer = {
      "",
      "Exit code 0 when all could move, 1 when some stay.",
      "",
      "  capstan migrate orders --to 1.1.0 --dry-run",
      "  capstan migrate orders --to 1.1.0 --share 1%%",
      "  capstan migrate orders --to 1.1.0"
    })
final class MigrateCommand extends RemoteCommand {
  private static final int OFTEN = 25;

  @Parameters(paramLabel = "NAME", description = "The workflow: name or namespace/name.")
  String workflow = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "VERSION",
      description = "A deployed version; an earlier one moves them back.")
  String to = "";

  @Option(
      names = "--from",
      paramLabel = "VERSION",
      description = "Only those that have this version; without it all others.")
  @Nullable String from;

  @Option(names = "--dry-run", description = "Moves none, and says what would become of them.")
  boolean dryRun;

  @Option(
      names = "--share",
      paramLabel = "N%",
      description =
          "Only this part of them, picked by their ids: 10%% has those in it that 1%% had; 100%% without"
              + " it.")
  @Nullable String share;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Only this execution, which may have faulted; may be repeated.")
  List<String> ids = new ArrayList<>();

  @Option(
      names = "--map",
      paramLabel = "FILE",
      description =
          "JSON object of tasks with other names: pointers in the new version by pointers in the old"
              + " one, such as {\"/do/0/pay\": \"/do/1/charge\"}.")
  @Nullable String map;

  MigrateCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    WorkflowName name = name();
    Share part = share == null ? Share.ALL : Share.parse(share);
    Map<String, String> names = names();
    CapstanClient.await(client.definition(new WorkflowName(name.namespace(), name.name(), to)));
    Map<String, String> versions =
        ids.isEmpty() ? new Candidates(client).of(name, from, part) : named(client, name, part);
    List<Outcome> outcomes =
        new MassMove(client, to, dryRun, names)
            .run(versions, answered -> progress(answered, versions.size()));
    console.forget();
    Map<Result, Long> sums = sums(outcomes);
    if (wantsJson()) {
      json(report(outcomes, sums));
    } else {
      show(outcomes, sums);
    }
    boolean allCould =
        !sums.containsKey(Result.STAYS) && (ids.isEmpty() || !sums.containsKey(Result.ENDED));
    return allCould ? ExitCode.OK : ExitCode.FAILED;
  }

  private WorkflowName name() {
    try {
      WorkflowName name = WorkflowName.parse(workflow);
      if (name.version() == null) {
        return name;
      }
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(String.valueOf(e.getMessage()), null);
    }
    throw CliFailure.misuse(
        "\"" + workflow + "\" has a version",
        "name the workflow alone, and its version with --from");
  }

  private Map<String, String> names() throws IOException {
    Map<String, String> names = new TreeMap<>();
    if (map == null) {
      return names;
    }
    JsonNode json = JsonText.parse(InputText.file(console, map), map);
    if (!json.isObject() || json.valueStream().anyMatch(value -> !value.isTextual())) {
      throw CliFailure.misuse(
          map + " is no map of tasks",
          "{\"/do/0/pay\": \"/do/1/charge\"} says that pay is charge now");
    }
    json.properties().forEach(entry -> names.put(entry.getKey(), entry.getValue().textValue()));
    return names;
  }

  private Map<String, String> named(CapstanClient client, WorkflowName name, Share part) {
    Map<String, String> versions = new LinkedHashMap<>();
    for (String id : ids) {
      Execution execution = CapstanClient.await(client.execution(id));
      WorkflowName runs = execution.workflow();
      if (!runs.namespace().equals(name.namespace()) || !runs.name().equals(name.name())) {
        throw CliFailure.misuse("execution " + id + " runs " + runs + ", not " + name, null);
      }
      String version = String.valueOf(runs.version());
      if (part.has(id) && (from == null || from.equals(version))) {
        versions.put(id, version);
      }
    }
    return versions;
  }

  private void progress(int answered, int all) {
    if (answered % OFTEN == 0 || answered == all) {
      console.forget();
      console.passing((dryRun ? "asked about " : "moved ") + answered + " of " + all);
    }
  }

  private static Map<Result, Long> sums(List<Outcome> outcomes) {
    return outcomes.stream()
        .collect(
            Collectors.groupingBy(
                Outcome::result, () -> new EnumMap<>(Result.class), Collectors.counting()));
  }

  private void show(List<Outcome> outcomes, Map<Result, Long> sums) {
    Table table = new Table("ID", "FROM", "RESULT", "DETAILS");
    List<Outcome> told =
        outcomes.stream().filter(outcome -> outcome.result() != Result.THERE).toList();
    told.forEach(outcome ->
        table.row(outcome.id(), outcome.from(), outcome.result().words(), outcome.details()));
    if (!told.isEmpty()) {
      table(table, false, "");
      console.data("");
    }
    console.data(outcomes.size() + " of " + workflow + " to " + to + ": " + words(sums));
  }

  private static String words(Map<Result, Long> sums) {
    return sums.isEmpty()
        ? "none"
        : sums.entrySet().stream()
            .map(entry -> entry.getValue() + " " + words(entry.getKey()))
            .collect(Collectors.joining(", "));
  }

  private static String words(Result result) {
    return switch (result) {
      case CAN_MOVE, MOVED, ENDED -> result.words();
      case THERE -> "there already";
      case STAYS -> "can't move";
    };
  }

  private ObjectNode report(List<Outcome> outcomes, Map<Result, Long> sums) {
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    report.put("workflow", workflow).put("to", to).put("dryRun", dryRun);
    ObjectNode numbers = report.putObject("sums");
    sums.forEach((result, count) -> numbers.put(result.words(), count));
    ArrayNode executions = report.putArray("executions");
    for (Outcome outcome : outcomes) {
      ObjectNode row = executions.addObject();
      row.put("id", outcome.id());
      row.put("from", outcome.from());
      row.put("result", outcome.result().words());
      if (outcome.migration() != null) {
        ObjectNode told = RecordJson.write(outcome.migration());
        row.set("problems", told.path("problems"));
        row.set("changes", told.path("changes"));
      }
    }
    return report;
  }
}
