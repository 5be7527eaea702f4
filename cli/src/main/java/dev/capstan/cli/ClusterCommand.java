package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Partition;
import dev.capstan.client.Readiness;
import dev.capstan.dsl.diagnostic.NearestName;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "cluster",
    description = {
      "Makes, shows and changes a cluster. Each word has its own --help.",
      "%n  status       shows coordinators and replicated groups (also without a word)",
      "  init         makes a cluster on this machine and starts its first coordinator",
      "  up           runs a cluster of real processes on this machine, to try things out",
      "  join-token   makes a token that lets one machine join",
      "  drain ID     lets a coordinator lead no more while another one can; undrain ID again",
      "  remove ID    puts a coordinator out",
      "  key NAME     makes an API key; keys lists them, revoke-key ID makes one worth nothing"
    })
final class ClusterCommand extends RemoteCommand {
  private static final double WORTH_TELLING_SECONDS = 1;
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private static final List<String> WORDS =
      List.of(
          "status",
          "init",
          "up",
          "join-token",
          "drain",
          "undrain",
          "remove",
          "key",
          "keys",
          "revoke-key");

  @Parameters(arity = "0..1", paramLabel = "WORD", description = "What to show; status without it.")
  String word = "status";

  ClusterCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    if (!word.equals("status")) {
      String nearest = NearestName.among(WORDS, word);
      throw CliFailure.misuse(
          "capstan cluster has no word \"" + word + "\"",
          (nearest == null ? "" : "did you mean \"" + nearest + "\"?\n")
              + "one of "
              + String.join(", ", WORDS));
    }
    CredentialFile file = CredentialFile.find(console, credential);
    Cluster cluster = cluster(client, file);
    if (file != null) {
      file.keepUpWith(cluster, console);
    }
    if (wantsJson()) {
      json(cluster);
      return ExitCode.OK;
    }
    console.data("cluster      " + cluster.id());
    console.data("answered by  " + cluster.coordinator() + ", version " + cluster.version());
    console.data("nodes        " + cluster.nodes());
    console.data("");
    Table coordinators = new Table("COORDINATOR", "ROLE", "LAG", "GRPC", "API");
    for (Coordinator each : cluster.coordinators()) {
      coordinators.row(
          each.id(),
          each.role() + (each.drained() ? ", drained" : "") + clock(each),
          each.lag() == null ? "" : each.lag().toString(),
          each.grpc(),
          each.http());
    }
    coordinators.lines(console.columns()).forEach(console::data);
    console.data("");
    Table table =
        new Table(
            "PARTITION", "LEADER", "TERM", "COMMITTED", "APPLIED", "IN FLIGHT", "TASKS WAITING");
    for (Partition each : cluster.partitions()) {
      table.row(
          Integer.toString(each.id()),
          each.leader() == null ? "none" : each.leader(),
          Long.toString(each.term()),
          Long.toString(each.commitIndex()),
          Long.toString(each.appliedIndex()),
          Integer.toString(each.inFlight()),
          Integer.toString(each.waitingTasks()));
    }
    table.lines(console.columns()).forEach(console::data);
    return ExitCode.OK;
  }

  /** Where nobody can say how the cluster is, it counts who is there at all. */
  private Cluster cluster(CapstanClient client, @Nullable CredentialFile file) {
    try {
      return CapstanClient.await(client.cluster());
    } catch (CapstanException.Unavailable e) {
      if (file != null) {
        file.credential().servers().forEach(each -> tell(each, file));
      }
      throw e;
    }
  }

  private void tell(String coordinator, CredentialFile file) {
    try (CapstanClient one =
        CapstanClient.builder()
            .server(coordinator)
            .tls(file.credential().tls())
            .timeouts(ANSWER, ANSWER)
            .build()) {
      Readiness readiness = CapstanClient.await(one.readiness());
      console.talk(
          coordinator
              + "  "
              + (readiness.ready() ? "ready" : String.join("; ", readiness.reasons())));
    }
  }

  private static String clock(Coordinator coordinator) {
    Double ahead = coordinator.clockAheadSeconds();
    return ahead == null || Math.abs(ahead) < WORTH_TELLING_SECONDS
        ? ""
        : String.format(
            Locale.ROOT, ", clock %.0f s %s", Math.abs(ahead), ahead > 0 ? "ahead" : "behind");
  }
}
