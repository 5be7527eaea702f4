package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.SessionMessages.goodbye;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Token;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.gateway.Refusal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a worker joins over one stream: its hello is checked, its join is committed while this
 * coordinator leads, and then it is told that it is welcome, and what of that which it holds to
 * give up. A coordinator that does not lead lets it stand by. Hellos come one after the other on
 * the stream's threads; the end of a commit comes on others.
 */
final class Handshake {
  private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);

  /** The stream over which the worker joins. Any thread. */
  interface Stream {
    /** The worker at its other end has said which node it is, and has proven it if it must. */
    void spoke(String node);

    /** Joins the node to the cluster over this stream; completes when that is durable. */
    CompletableFuture<LiveNode> join(NodeProfile profile, long epoch, Set<AttemptToken> held);

    /**
     * Ends the stream.
     *
     * @param reason why a node that had joined is lost
     */
    void end(String reason, CoordinatorMessage farewell);
  }

  private final NodeDirectory directory;
  private final NodeSettings settings;
  private final @Nullable String proven;
  private final Outbox outbox;
  private final Confirmations confirmations;
  private final SessionMessages messages;
  private final SessionPhases phases;
  private final Stream stream;

  /**
   * @param proven the node that the other end has proven to be; null if it need not
   */
  Handshake(
      NodeDirectory directory,
      NodeSettings settings,
      @Nullable String proven,
      Outbox outbox,
      Confirmations confirmations,
      SessionMessages messages,
      SessionPhases phases,
      Stream stream) {
    this.directory = directory;
    this.settings = settings;
    this.proven = proven;
    this.outbox = outbox;
    this.confirmations = confirmations;
    this.messages = messages;
    this.phases = phases;
    this.stream = stream;
  }

  /** The worker says what it is and holds; at first, and when it is asked. */
  void hello(Hello hello) {
    if (phases.isLate(hello.getAnswers())) {
      return;
    }
    List<String> faults = HelloCheck.faults(hello, settings.limits());
    if (!faults.isEmpty()) {
      LOG.warn("A worker was rejected: {}", faults);
      stream.end("", goodbye("invalid hello: " + String.join("; ", faults), false));
      return;
    }
    if (proven != null && !proven.equals(hello.getNodeId())) {
      LOG.warn("Node {} said to be node {}; its session ends", proven, hello.getNodeId());
      stream.end(
          "", goodbye("the certificate is that of node " + proven + ", the hello is not", false));
      return;
    }
    stream.spoke(hello.getNodeId());
    confirmations.expect(hello.getConfirms());
    long number = phases.greeted(hello.getAnswers());
    if (number == SessionPhases.BREACH) {
      breach();
      return;
    }
    if (number == 0) {
      outbox.flush();
      if (directory.leads() && phases.leads()) {
        outbox.flush();
      }
      return;
    }
    Map<AttemptToken, Token> held = new LinkedHashMap<>();
    hello.getHoldingList().forEach(token -> held.put(ReportReader.token(token), token));
    CompletableFuture<LiveNode> _ =
        stream
            .join(HelloCheck.profile(hello), hello.getEpoch(), Set.copyOf(held.keySet()))
            .whenComplete((joined, failure) -> joined(number, joined, failure, held));
  }

  private void breach() {
    stream.end(
        "it said hello out of turn",
        goodbye("hello comes once, first, and then when it is asked for", true));
  }

  private void joined(
      long number,
      @Nullable LiveNode joined,
      @Nullable Throwable failure,
      Map<AttemptToken, Token> held) {
    if (joined == null) {
      failedToJoin(number, failure);
      return;
    }
    held.keySet().removeAll(joined.held.keySet());
    long spreadMillis = settings.spreadMillis(directory.connected());
    boolean opened =
        phases.opens(number, joined, messages.welcome(joined, held.values(), spreadMillis));
    outbox.flush();
    if (opened) {
      directory.stale(joined, ofEarlierSessions(joined, held.keySet()));
      directory.opened(joined);
    } else {
      directory.disconnected(joined, "its connection broke while it joined");
    }
  }

  private void failedToJoin(long number, @Nullable Throwable failure) {
    boolean ends = phases.joinFailed(number, isOfLeadership(failure));
    outbox.flush();
    if (ends) {
      String reason = failure == null ? "refused" : String.valueOf(cause(failure).getMessage());
      stream.end("", goodbye("not joined: " + reason, true));
    }
  }

  /** Those of this session that are not wanted are reports that came twice, as after any break. */
  private static List<AttemptToken> ofEarlierSessions(
      LiveNode joined, Collection<AttemptToken> released) {
    return released.stream().filter(token -> token.epoch() != joined.epoch).toList();
  }

  /**
   * Whether a join failed because the leadership comes or goes: the session is told of that soon,
   * or asks again with the next tick.
   */
  private static boolean isOfLeadership(@Nullable Throwable failure) {
    if (failure == null || !(cause(failure) instanceof Refusal refusal)) {
      return false;
    }
    return refusal.code() == Refusal.Code.NOT_READY
        || refusal.code() == Refusal.Code.OUTCOME_UNKNOWN
        || refusal.code() == Refusal.Code.STORAGE_FAILED;
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
