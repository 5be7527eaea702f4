package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Cluster;
import dev.capstan.client.Partition;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "cluster",
    description = {
      "Shows the cluster.",
      "%n  status   coordinators and replicated groups (also without a word)"
    })
final class ClusterCommand extends RemoteCommand {
  @Parameters(arity = "0..1", paramLabel = "WORD", description = "What to show; status without it.")
  String word = "status";

  ClusterCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) {
    if (!word.equals("status")) {
      throw CliFailure.misuse(
          "capstan cluster has no word \"" + word + "\"", "capstan cluster status");
    }
    Cluster cluster = CapstanClient.await(client.cluster());
    if (wantsJson()) {
      json(cluster);
      return ExitCode.OK;
    }
    console.data("cluster      " + cluster.id());
    console.data("coordinator  " + cluster.coordinator() + ", version " + cluster.version());
    console.data(
        "grpc         " + (cluster.grpcAddress().isEmpty() ? "none" : cluster.grpcAddress()));
    console.data("nodes        " + cluster.nodes());
    console.data("");
    Table table =
        new Table(
            "PARTITION", "ROLE", "TERM", "COMMITTED", "APPLIED", "IN FLIGHT", "TASKS WAITING");
    for (Partition each : cluster.partitions()) {
      table.row(
          Integer.toString(each.id()),
          each.role(),
          Long.toString(each.term()),
          Long.toString(each.commitIndex()),
          Long.toString(each.appliedIndex()),
          Integer.toString(each.inFlight()),
          Integer.toString(each.waitingTasks()));
    }
    table.lines(console.columns()).forEach(console::data);
    return ExitCode.OK;
  }
}
