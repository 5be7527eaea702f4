package dev.capstan.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A worker node that the cluster expects: what its process joins with, and when it has. Immutable;
 * safe for any thread.
 */
public final class RegisteredNode {
  private static final Duration ONE_WAIT = Duration.ofSeconds(30);
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);
  private static final Set<String> JOINED = Set.of("active", "draining");

  private final CapstanClient client;
  private final String name;
  private final JoinToken token;

  RegisteredNode(CapstanClient client, String name, JoinToken token) {
    this.client = client;
    this.name = name;
    this.token = token;
  }

  /** What the node is called. */
  public String name() {
    return name;
  }

  /** What the node's process joins with, once: {@code capstan worker --join TOKEN --name NAME}. */
  public JoinToken token() {
    return token;
  }

  /**
   * Completes when the node has joined: its certificate is signed, its place in the cluster is
   * committed, and it is connected and can take tasks. Fails with {@link CapstanException.NotFound}
   * when the token has expired before that. Each call waits anew.
   */
  public CompletableFuture<Node> joined() {
    Duration left = Duration.between(Instant.now(), token.expiresAt());
    Duration wait = left.compareTo(ONE_WAIT) < 0 ? left : ONE_WAIT;
    return client
        .awaitNode(name, wait.isPositive() ? wait : SHORTEST_WAIT)
        .handle(Look::new)
        .thenCompose(look -> next(look, wait.isPositive()));
  }

  /** What one wait has come to. */
  private record Look(@Nullable Node node, @Nullable Throwable failure) {}

  private CompletableFuture<Node> next(Look look, boolean inTime) {
    Node node = look.node();
    if (node != null && JOINED.contains(node.status())) {
      return CompletableFuture.completedFuture(node);
    }
    return !inTime || isFinal(look.failure()) ? gone(look.failure()) : joined();
  }

  private static boolean isFinal(@Nullable Throwable failure) {
    Throwable cause = cause(failure);
    return cause != null && !(cause instanceof CapstanException.NotFound);
  }

  private CompletableFuture<Node> gone(@Nullable Throwable failure) {
    Throwable cause = cause(failure);
    return cause == null ? client.node(name) : CompletableFuture.failedFuture(cause);
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Without the secret of the token. */
  @Override
  public String toString() {
    return "RegisteredNode[" + name + ", " + token + "]";
  }
}
