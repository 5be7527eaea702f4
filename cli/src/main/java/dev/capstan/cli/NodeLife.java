package dev.capstan.cli;

import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Times;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.server.config.NodeConfig;
import dev.capstan.server.discovery.Discoveries;
import dev.capstan.server.discovery.Discovery;
import dev.capstan.server.env.StartupRefusal;
import dev.capstan.server.membership.CoordinatorPlace;
import dev.capstan.server.membership.JoinFailure;
import dev.capstan.server.membership.Joining;
import dev.capstan.server.membership.NodeHome;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a coordinator and a worker have in common from their start to their end. */
final class NodeLife {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Console console;
  private final Instant begun = Instant.now();
  private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

  NodeLife(Console console) {
    this.console = console;
  }

  /**
   * Joins the cluster of a token, unless this node belongs to it already.
   *
   * @param token its text, or {@code @FILE}; null for none
   * @param wanted the name that the node was told to have; null for none
   * @param place where the node will be; null for a worker
   * @throws CliFailure if the directory is that of another node, or of another cluster
   */
  void join(
      @Nullable String token,
      @Nullable String wanted,
      Role role,
      NodeConfig config,
      @Nullable CoordinatorPlace place,
      NodeHome home)
      throws IOException, InterruptedException {
    JoinToken parsed = token == null ? null : parse(token, role);
    NodeIdentity present = home.identity();
    if (present != null) {
      requireSame(present, wanted, parsed, home);
      return;
    }
    if (parsed == null) {
      return;
    }
    String name = Objects.requireNonNull(config.node().name(), "a name is chosen");
    console.talk("joining as " + role.word() + " " + name);
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      var identity =
          new Joining(parsed, role, name, place, home, console::talk).join(discovery, PATIENCE);
      console.talk("joined cluster " + identity.cluster() + " after " + Times.show(since()));
    } catch (JoinFailure e) {
      throw new CliFailure(ExitCode.DENIED, null, String.valueOf(e.getMessage()), e.remedy());
    }
  }

  private JoinToken parse(String token, Role role) throws IOException {
    try {
      return JoinToken.parse(text(token));
    } catch (TokenFormatException e) {
      throw CliFailure.misuse(
          "--join takes a join token: " + e.getMessage(),
          "make one on a coordinator: capstan cluster join-token --role " + role.word());
    }
  }

  /**
   * A directory that was copied, or taken for another, must not start as a node that nobody means.
   */
  private static void requireSame(
      NodeIdentity present, @Nullable String wanted, @Nullable JoinToken token, NodeHome home)
      throws IOException {
    if (wanted != null && !wanted.equals(present.node())) {
      throw foreign(
          "the data directory "
              + home.data()
              + " is that of "
              + present.shown()
              + " of cluster "
              + present.cluster()
              + ", and the node was told to be "
              + wanted,
          "give this node a directory of its own (--data), or leave its name away");
    }
    if (token != null
        && home.keys().trusted(Purpose.NODES).stream()
            .noneMatch(root -> Pin.of(root.getPublicKey()).equals(token.pin()))) {
      throw foreign(
          "the data directory "
              + home.data()
              + " is that of "
              + present.shown()
              + " of cluster "
              + present.cluster()
              + ", and the join token is for another cluster",
          "join the other cluster with an empty directory (--data), or leave --join away");
    }
  }

  private static CliFailure foreign(String what, String remedy) {
    return new CliFailure(ExitCode.MISUSE, "CAP-8104", what, remedy);
  }

  /** Tokens on the command line are seen by all users of the machine, so files are taken too. */
  private String text(String token) throws IOException {
    if (token.equals("-")) {
      return InputText.file(console, token);
    }
    return token.startsWith("@") ? InputText.file(console, token.substring(1)) : token;
  }

  private Duration since() {
    return Duration.between(begun, Instant.now());
  }

  /** Says that this node serves. Any thread. */
  void ready(String what) {
    String head =
        (console.unicode() ? "\u2714 " : "") + what + " is ready after " + Times.show(since());
    console.talk(
        console.paint(Style.GOOD, head) + (console.unicode() ? " \u00b7 " : ", ") + "Ctrl-C stops");
  }

  /** Stops the node when this process is asked to end. */
  void stopWith(AutoCloseable node) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "capstan-stop"));
  }

  /**
   * Ends this process when the one that started it has ended: then standard input is at its end.
   */
  void followStarter() {
    Thread.ofVirtual()
        .start(() -> {
          try (InputStream in = System.in) {
            in.skipNBytes(Long.MAX_VALUE);
          } catch (IOException ended) {
            stopped.complete(null);
          }
        });
  }

  private void stop(AutoCloseable node) {
    try {
      node.close();
    } catch (Exception e) {
      console.talk("did not stop in order: " + e.getMessage());
    }
    if (!stopped.isDone()) {
      console.talk("stopped; nothing is lost");
    }
    stopped.complete(null);
  }

  void failed(Throwable reason) {
    stopped.completeExceptionally(reason);
  }

  /** Waits for the end. */
  int await() {
    try {
      stopped.join();
      return ExitCode.OK;
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      throw switch (cause) {
        case CliFailure failure -> failure;
        case StartupRefusal refusal -> StartFailure.of(refusal, null);
        case null, default ->
            new CliFailure(
                ExitCode.FAILED,
                null,
                "the node stopped: " + (cause == null ? e : cause).getMessage(),
                "look at the log; what was acknowledged is kept");
      };
    }
  }
}
