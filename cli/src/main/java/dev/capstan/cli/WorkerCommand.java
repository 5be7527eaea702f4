package dev.capstan.cli;

import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.cli.local.LogFile;
import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Times;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.config.TaskKind;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.provider.NativeCrypto;
import dev.capstan.worker.WorkerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "worker",
    description = {
      "A worker of a cluster, until Ctrl-C: runs tasks.",
      "Joins a cluster with --join, once."
    })
final class WorkerCommand extends Command {
  private static final int MOST_SLOTS = Limits.DEFAULT.slotsPerNode();
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Option(
      names = "--join",
      paramLabel = "TOKEN|@FILE|-",
      description = "Joins the cluster of this token, unless the node belongs to it already.")
  @Nullable String token;

  @Option(
      names = "--label",
      paramLabel = "NAME=VALUE",
      description = "What tasks can ask of this node, such as zone=b; may be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "How many tasks it runs at a time; 50 without it.")
  @Nullable Integer slots;

  @Option(
      names = "--without",
      split = ",",
      paramLabel = "KIND",
      description =
          "Kinds of tasks that it does not run, such as run:container; several with commas.")
  List<String> without = new ArrayList<>();

  @Option(
      names = "--leave-grace",
      paramLabel = "TIME",
      description =
          "How long what runs may go on when the worker leaves, such as 30s; not at all without it.")
  @Nullable String leaveGrace;

  @Option(names = "--follow-starter", hidden = true, description = "Ends with standard input.")
  boolean followStarter;

  @Mixin NodeOptions options = new NodeOptions();

  WorkerCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (slots != null && (slots < 1 || slots > MOST_SLOTS)) {
      throw CliFailure.misuse("--slots is " + slots, "it must be from 1 to " + MOST_SLOTS);
    }
    LabelText.requireAll("--label", labels);
    NodeConfig config =
        options
            .read(console, labels, slots, leaveGrace == null ? null : Times.parse(leaveGrace))
            .without(without.stream().map(WorkerCommand::kind).toList());
    Path directory = config.node().data();
    NativeCrypto.install();
    NodeLife life = new NodeLife(console);
    try {
      LogFile.open(directory);
      NodeHome home = NodeHome.open(directory);
      life.join(token, options.wanted(), Role.WORKER, config, null, home);
      work(config, home, life);
    } catch (StartupRefusal refusal) {
      throw StartFailure.of(refusal, null);
    }
    return life.await();
  }

  private static TaskKind kind(String kind) {
    return TaskKind.of(kind)
        .orElseThrow(() ->
            CliFailure.misuse("--without has \"" + kind + "\"", "allowed: " + TaskKind.ALLOWED));
  }

  private void work(NodeConfig config, NodeHome home, NodeLife life) throws IOException {
    NodeIdentity identity = home.require(Role.WORKER);
    Discovery discovery = Discoveries.open(config.nodeDiscovery(), identity.cluster(), null);
    List<String> inherited =
        new ArrayList<>(WorkerOptions.builder(identity.node()).build().inheritedEnvironment());
    inherited.add(OwnProgram.VARIABLE);
    WorkerOptions.Builder worker = WorkerNode.options(config, home).inheritedEnvironment(inherited);
    WorkerNode node = WorkerNode.start(config, home, discovery, worker);
    life.stopWith(node);
    var _ =
        node.rejection()
            .thenAccept(reason ->
                life.failed(
                    new CliFailure(
                        ExitCode.DENIED,
                        null,
                        "the cluster does not want this node any more: " + reason,
                        "to take it in again, join with an empty data directory and another name")));
    String what = "Worker " + identity.node() + " of cluster " + identity.cluster();
    var _ = node.welcomed().thenAccept(_ -> life.ready(what));
    var _ =
        node.welcomed()
            .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(_ -> {
              console.talk(
                  "no coordinator leads this worker yet; it goes on trying: " + node.why());
              return null;
            });
    if (followStarter) {
      life.followStarter();
    }
  }
}
