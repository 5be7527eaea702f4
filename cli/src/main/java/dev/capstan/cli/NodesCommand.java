package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Node;
import dev.capstan.dsl.diagnostic.NearestName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "nodes",
    description = {
      "Shows worker nodes, and changes what they are given.",
      "%n  list            lists them (also without a word)",
      "  show NODE       shows one",
      "  drain NODE      lets it end what it runs, and gives it nothing more;",
      "                  with --deadline what still runs then goes to other nodes",
      "  cordon NODE     gives it nothing more",
      "  uncordon NODE   gives it tasks again",
      "  label NODE NAME=VALUE... NAME-...   gives it labels, takes others from it",
      "  remove NODE     puts it out for good, once it is gone or drained;",
      "                  with --force at once: what it runs goes to other nodes"
    })
final class NodesCommand extends RemoteCommand {
  private static final List<String> WORDS =
      List.of("list", "show", "drain", "cordon", "uncordon", "label", "remove");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "WORD",
      description = "What to do; list without it.")
  String word = "list";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NODE",
      description = "Id or name of the node.")
  @Nullable String node;

  @Parameters(
      index = "2..*",
      arity = "0..*",
      paramLabel = "LABEL",
      description = "With label: NAME=VALUE to give one, NAME- to take one away.")
  List<String> labels = new ArrayList<>();

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "With drain: when what still runs goes elsewhere, such as 90s, 5m or 1h.")
  @Nullable String deadline;

  @Option(
      names = "--force",
      description =
          "With remove: also a node that takes or runs tasks, such as one in wrong hands.")
  boolean force;

  NodesCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    refuseWhatBelongsElsewhere();
    switch (word) {
      case "list" -> list(CapstanClient.await(client.nodes()));
      case "show" -> show(CapstanClient.await(client.node(node())));
      case "drain" -> show(CapstanClient.await(drain(client)));
      case "cordon" -> show(CapstanClient.await(client.cordon(node())));
      case "uncordon" -> show(CapstanClient.await(client.uncordon(node())));
      case "label" -> show(CapstanClient.await(label(client)));
      case "remove" -> {
        CapstanClient.await(client.removeNode(node(), force));
        console.talk("removed " + node());
      }
      default -> {
        String nearest = NearestName.among(WORDS, word);
        throw CliFailure.misuse(
            "capstan nodes has no word \"" + word + "\"",
            (nearest == null ? "" : "did you mean \"" + nearest + "\"?\n")
                + "one of "
                + String.join(", ", WORDS));
      }
    }
    return ExitCode.OK;
  }

  private void refuseWhatBelongsElsewhere() {
    if (deadline != null && !word.equals("drain")) {
      throw CliFailure.misuse(
          "capstan nodes " + word + " has no --deadline", "capstan nodes drain NODE has");
    }
    if (force && !word.equals("remove")) {
      throw CliFailure.misuse(
          "capstan nodes " + word + " has no --force", "capstan nodes remove NODE has");
    }
    if (!labels.isEmpty() && !word.equals("label")) {
      throw CliFailure.misuse(
          "capstan nodes " + word + " takes no \"" + labels.getFirst() + "\"",
          "capstan nodes label NODE NAME=VALUE changes labels");
    }
  }

  private CompletableFuture<Node> drain(CapstanClient client) {
    return deadline == null ? client.drain(node()) : client.drain(node(), Times.parse(deadline));
  }

  private CompletableFuture<Node> label(CapstanClient client) {
    String of = node();
    Map<String, String> given = new TreeMap<>();
    List<String> taken = new ArrayList<>();
    for (String label : labels) {
      int equals = label.indexOf('=');
      if (equals > 0) {
        given.put(label.substring(0, equals), label.substring(equals + 1));
      } else if (equals < 0 && label.length() > 1 && label.endsWith("-")) {
        taken.add(label.substring(0, label.length() - 1));
      } else {
        throw CliFailure.misuse(
            "\"" + label + "\" is no change of a label",
            "NAME=VALUE gives one, NAME- takes one away");
      }
    }
    if (labels.isEmpty()) {
      throw CliFailure.misuse(
          "capstan nodes label needs labels", "NAME=VALUE gives one, NAME- takes one away");
    }
    return client.labelNode(of, given, taken);
  }

  private String node() {
    if (node == null) {
      throw CliFailure.misuse(
          "capstan nodes " + word + " needs a node", "capstan nodes lists them");
    }
    return node;
  }

  private void list(List<Node> nodes) {
    if (wantsJson()) {
      json(nodes);
      return;
    }
    Instant now = Instant.now();
    Table table =
        new Table(
            "NAME", "STATUS", "RUNNING", "SLOTS", "CPU", "MEMORY", "JOINED", "VERSION", "LABELS",
            "KINDS");
    for (Node each : nodes) {
      table.row(
          each.name(),
          status(each),
          Integer.toString(each.running()),
          Integer.toString(each.slots()),
          each.cpu() == 0 ? "" : Integer.toString(each.cpu()),
          bytes(each.memoryBytes()),
          Times.relative(each.joinedAt(), now),
          each.version(),
          pairs(each.labels()),
          kinds(each));
    }
    table(table, nodes.isEmpty(), "no worker nodes; tasks that need one wait");
  }

  /** A node that is cordoned may still be active, suspect or gone. */
  private static String status(Node node) {
    return node.admission().equals("cordoned") ? node.status() + ", cordoned" : node.status();
  }

  private static String bytes(long count) {
    return count <= 0 ? "" : String.format(Locale.ROOT, "%.1f GiB", (double) count / (1L << 30));
  }

  private static String pairs(Map<String, String> all) {
    return all.entrySet().stream()
        .map(each -> Table.printable(each.toString()))
        .collect(Collectors.joining(" "));
  }

  /** What definitions can ask for; the rest is for measuring. */
  private static String kinds(Node node) {
    return node.kinds().stream()
        .filter(kind -> !kind.startsWith("capstan:"))
        .collect(Collectors.joining(" "));
  }

  private void show(Node one) {
    if (wantsJson()) {
      json(one);
      return;
    }
    console.data("id        " + one.id());
    console.data("name      " + one.name());
    console.data("status    " + status(one));
    if (one.drainBy() != null) {
      console.data(
          "drained   by "
              + one.drainBy()
              + ", "
              + Times.relative(one.drainBy(), Instant.now())
              + "; then what it runs goes elsewhere");
    }
    console.data("slots     " + one.running() + " of " + one.slots() + " taken");
    console.data("kinds     " + kinds(one));
    console.data("labels    " + pairs(one.labels()));
    console.data("found     " + pairs(one.found()));
    console.data(
        "has       "
            + one.cpu()
            + " cpu, "
            + bytes(one.memoryBytes())
            + " memory, "
            + bytes(one.diskBytes())
            + " disk");
    console.data("joined    " + one.joinedAt());
    console.data("version   " + one.version());
  }
}
