package dev.capstan.cli;

import dev.capstan.cli.local.StartFailure;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Style;
import dev.capstan.cli.terminal.Times;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.ClusterEntry;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a coordinator and a worker have in common from their start to their end. */
final class NodeLife {
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
    try {
      if (new ClusterEntry(home, role, config, wanted, place).enter(parsed, console::talk)) {
        console.talk(
            "joined cluster " + home.require(role).cluster() + " after " + Times.show(since()));
      }
    } catch (JoinFailure e) {
      throw new CliFailure(ExitCode.DENIED, null, String.valueOf(e.getMessage()), e.remedy());
    } catch (StartupRefusal e) {
      throw e.code() == StartupRefusal.Code.DIRECTORY_FOREIGN
          ? new CliFailure(ExitCode.MISUSE, "CAP-8104", e.what(), e.remedy())
          : e;
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
