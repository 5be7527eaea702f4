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
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "nodes",
    description = {
      "Shows worker nodes, and changes what they are given.",
      "%n  list            lists them (also without a word)",
      "  show NODE       shows one",
      "  drain NODE      lets it end what it runs, and gives it nothing more",
      "  cordon NODE     gives it nothing more",
      "  uncordon NODE   gives it tasks again",
      "  remove NODE     forgets it, once it is gone or drained"
    })
final class NodesCommand extends RemoteCommand {
  private static final List<String> WORDS =
      List.of("list", "show", "drain", "cordon", "uncordon", "remove");

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

  NodesCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    switch (word) {
      case "list" -> list(CapstanClient.await(client.nodes()));
      case "show" -> show(CapstanClient.await(client.node(node())));
      case "drain" -> show(CapstanClient.await(client.drain(node())));
      case "cordon" -> show(CapstanClient.await(client.cordon(node())));
      case "uncordon" -> show(CapstanClient.await(client.uncordon(node())));
      case "remove" -> {
        CapstanClient.await(client.removeNode(node()));
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
    Table table = new Table("NAME", "STATUS", "RUNNING", "SLOTS", "JOINED", "VERSION", "KINDS");
    for (Node each : nodes) {
      table.row(
          each.name(),
          each.status(),
          Integer.toString(each.running()),
          Integer.toString(each.slots()),
          Times.relative(each.joinedAt(), now),
          each.version(),
          kinds(each));
    }
    table(table, nodes.isEmpty(), "no worker nodes; tasks that need one wait");
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
    String labels =
        one.labels().entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
    console.data("id        " + one.id());
    console.data("name      " + one.name());
    console.data("status    " + one.status());
    console.data("slots     " + one.running() + " of " + one.slots() + " taken");
    console.data("kinds     " + kinds(one));
    console.data("labels    " + labels);
    console.data("joined    " + one.joinedAt());
    console.data("version   " + one.version());
  }
}
