package dev.capstan.server.boot;

import dev.capstan.api.v1.Place;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.tls.RefusedPeerException;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.membership.Intruders;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a coordinator is one process. A copy of a data directory has the keys and the
 * votes of the original; were both to run, they could vote for two leaders of one term, and a
 * majority with them could forget what the other one acknowledged. No certificate tells them apart,
 * so each process has a name of its own. The one that answers where the cluster knows its node to
 * be stays, and the other one stops. Any thread.
 */
final class SoleProcess implements AnsweringNetwork.Answers {
  private static final Logger LOG = LoggerFactory.getLogger(SoleProcess.class);

  /** Shorter than what makes the network take a silent connection for broken. */
  private static final Duration ANSWERED_WITHIN = Duration.ofMillis(450);

  /** Of a process that has just begun, which loads what it needs for its first call. */
  private static final Duration FIRST_ANSWER_WITHIN = Duration.ofSeconds(3);

  /** One that answers nothing for so long, however often it is asked, has lost its place. */
  private static final Duration SILENT_FOR = Duration.ofSeconds(3);

  /** Who has not been asked for so long is asked anew. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(5);

  private final PeerNetwork network;
  private final NodeIdentity identity;
  private final Place here;
  private final Intruders intruders;
  private final LongSupplier nanos;
  private final Map<String, Silence> silences = new ConcurrentHashMap<>();

  /** The first and the last time that a node answered nothing, without an answer between. */
  private record Silence(long sinceNanos, long lastNanos) {}

  /**
   * @param here where this process is
   * @param intruders hear of other processes, for the audit
   * @param nanos a clock that never goes back
   */
  SoleProcess(
      PeerNetwork network,
      NodeIdentity identity,
      CoordinatorPlace here,
      Intruders intruders,
      LongSupplier nanos) {
    this.nanos = nanos;
    this.network = network;
    this.identity = identity;
    this.here = here.message().toBuilder().setProcess(UUID.randomUUID().toString()).build();
    this.intruders = intruders;
  }

  /**
   * Looks, before this process has voted, whether another one of this node answers where the node
   * was last; the network does not serve yet. Whoever answers there tells the audit.
   *
   * @param last null if it is not known
   * @throws StartupRefusal if one does; the network is closed then
   */
  void require(@Nullable HostPort last) {
    if (last == null || last.equals(CoordinatorPlace.of(here).peer())) {
      return;
    }
    try {
      Place there = ask(here.getNode(), FIRST_ANSWER_WITHIN);
      if (isOther(there, here)) {
        network.close();
        throw refusal(there);
      }
    } catch (IOException silent) {
      LOG.debug("Nobody answers where this coordinator was", silent);
    }
  }

  /** Why a process stops of which another one is there. */
  static StartupRefusal refusal(Place there) {
    return new StartupRefusal(
        StartupRefusal.Code.RUNS_ELSEWHERE,
        "Coordinator " + there.getNode() + " runs already, at " + there.getPeer(),
        "This data directory has its name and keys as well, so one of the two is a copy, and two"
            + " votes under one name could make the cluster forget acknowledged work",
        "let this one join as a node of its own, with an empty data directory, another name and a"
            + " join token; or stop the other one first, if this one is to take its place",
        null);
  }

  /** This process. */
  Place here() {
    return here;
  }

  /**
   * The process that answers where a node is known to be, if it is not the one that has said so;
   * null if it is, or nobody is there any more. Asks, and waits for the answer.
   *
   * @param said what a process says of itself
   * @throws IOException if nobody answers there, and that may only be for a moment
   */
  @Nullable Place otherThan(Place said) throws IOException {
    Place there;
    try {
      there = ask(said.getNode(), ANSWERED_WITHIN);
    } catch (IOException silent) {
      requireGone(said.getNode(), silent);
      return null;
    }
    silences.remove(said.getNode());
    if (!isOther(there, said)) {
      return null;
    }
    NodeIdentity node = NodeIdentity.coordinator(identity.cluster(), said.getNode());
    intruders.accept(RefusedPeerException.runsElsewhere(node, said.getPeer()));
    LOG.warn(
        "Coordinator {} is two processes: the one at {} stays, and the one at {} has to stop",
        said.getNode(),
        there.getPeer(),
        said.getPeer());
    return there;
  }

  /** A process that begins, or stands still for a moment, keeps its place. */
  private void requireGone(String node, IOException silent) throws IOException {
    if (network.isGone(node)) {
      silences.remove(node);
      return;
    }
    long now = nanos.getAsLong();
    Silence silence =
        silences.merge(
            node,
            new Silence(now, now),
            (before, _) ->
                now - before.lastNanos() > FORGOTTEN_AFTER.toNanos()
                    ? new Silence(now, now)
                    : new Silence(before.sinceNanos(), now));
    if (now - silence.sinceNanos() < SILENT_FOR.toNanos()) {
      throw new IOException("another process may be where " + node + " is known to be", silent);
    }
    silences.remove(node);
  }

  private static boolean isOther(Place there, Place said) {
    return there.getNode().equals(said.getNode()) && !there.getProcess().equals(said.getProcess());
  }

  private Place ask(String node, Duration within) throws IOException {
    return Place.parseFrom(network.call(node, Call.WHO, here.toByteArray(), within));
  }

  /** Asked by another process under the name of this node, it tells the audit. */
  @Override
  public byte[] answer(@Nullable String caller, byte[] request) throws IOException {
    Place asking = Place.parseFrom(request);
    if (identity.node().equals(caller) && isOther(here, asking)) {
      intruders.accept(RefusedPeerException.runsElsewhere(identity, asking.getPeer()));
      LOG.warn(
          "Another process has the keys of coordinator {}, at {}: it has to stop",
          caller,
          asking.getPeer());
    }
    return here.toByteArray();
  }
}
