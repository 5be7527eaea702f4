package dev.capstan.cli;

import dev.capstan.cli.local.LogFile;
import dev.capstan.cli.local.ServerNote;
import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.node.config.ConfigWarnings;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Announcement;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.provider.NativeCrypto;
import dev.capstan.server.boot.ClusterCoordinator;
import dev.capstan.server.boot.Coordinator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "server",
    description = {
      "A coordinator of a cluster, until Ctrl-C.",
      "Makes no cluster: capstan cluster init does. Joins one with --join, once."
    })
final class ServerCommand extends Command {
  @Option(
      names = "--join",
      paramLabel = "TOKEN|@FILE|-",
      description = "Joins the cluster of this token, unless the node belongs to it already.")
  @Nullable String token;

  @Option(names = "--follow-starter", hidden = true, description = "Ends with standard input.")
  boolean followStarter;

  @Mixin NodeOptions options = new NodeOptions();

  ServerCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NodeConfig config = options.read(console, Map.of(), null);
    Path directory = config.node().data();
    NativeCrypto.install();
    NodeLife life = new NodeLife(console);
    try {
      LogFile.open(directory);
      NodeHome home = NodeHome.open(directory);
      String name = Objects.requireNonNull(config.node().name(), "a name is chosen");
      CoordinatorPlace place = ClusterCoordinator.place(config, name);
      if (home.identity() == null) {
        // Otherwise the cluster would wait for one that does not come.
        ClusterCoordinator.requireFreePorts(config);
      }
      life.join(token, options.wanted(), Role.COORDINATOR, config, place, home);
      ConfigWarnings.partitions(config, home.partitions())
          .ifPresent(warning -> console.talk("warning: " + warning));
      serve(config, home, life);
    } catch (StartupRefusal refusal) {
      throw StartFailure.of(refusal, null);
    }
    return life.await();
  }

  private void serve(NodeConfig config, NodeHome home, NodeLife life) throws IOException {
    Coordinator coordinator = ClusterCoordinator.start(config, home, console.environment());
    NodeIdentity identity = home.require(Role.COORDINATOR);
    CoordinatorPlace place = ClusterCoordinator.place(config, identity.node());
    Discovery announced = announce(config, identity);
    Path directory = home.data();
    WarmUp warmUp = WarmUp.begin(directory, coordinator, console.environment());
    life.stopWith(() -> {
      announced.close();
      warmUp.stop();
      coordinator.close();
      warmUp.await();
      ServerNote.remove(directory);
    });
    var _ = coordinator.failure().thenAccept(life::failed);
    String address = "https://" + place.http();
    new ServerNote(ProcessHandle.current().pid(), address).write(directory);
    String dot = console.unicode() ? " \u00b7 " : ", ";
    life.ready("Coordinator " + identity.node() + " of cluster " + identity.cluster());
    console.talk(
        "  API   " + address + dot + "gRPC " + place.grpc() + dot + "peers " + place.peer());
    console.talk("  Data  " + directory + dot + "log in capstan.log.0 there");
    if (followStarter) {
      life.followStarter();
    }
  }

  /** Tells the local network, where the configuration wants that and this node listens there. */
  private static Discovery announce(NodeConfig config, NodeIdentity identity)
      throws UnknownHostException {
    NodeConfig.NodeDiscovery wanted = config.nodeDiscovery();
    List<String> interfaces =
        wanted.interfaces().isEmpty() && !config.node().listensEverywhere()
            ? List.of(InetAddress.getByName(config.node().bind()).getHostAddress())
            : wanted.interfaces();
    return Discoveries.open(
        wanted.on(interfaces),
        identity.cluster(),
        new Announcement(
            identity.cluster(),
            identity.node(),
            config.node().announcedAt(),
            config.node().grpcPort()));
  }
}
