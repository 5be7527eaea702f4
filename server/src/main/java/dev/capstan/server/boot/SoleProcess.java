package dev.capstan.server.boot;

import com.google.protobuf.InvalidProtocolBufferException;
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
import java.util.UUID;
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
  private static final Duration ANSWERED_WITHIN = Duration.ofMillis(500);

  private final PeerNetwork network;
  private final NodeIdentity identity;
  private final Place here;
  private final Intruders intruders;

  /**
   * @param here where this process is
   * @param intruders hear of other processes, for the audit
   */
  SoleProcess(
      PeerNetwork network, NodeIdentity identity, CoordinatorPlace here, Intruders intruders) {
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
   * @throws StartupRefusal if one does
   */
  static void require(PeerNetwork network, CoordinatorPlace here, @Nullable HostPort last) {
    if (last == null || last.equals(here.peer())) {
      return;
    }
    Place there = ask(network, here.node());
    if (there != null && there.getNode().equals(here.node())) {
      throw refusal(there);
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
   * The process that answers where another node is known to be, if it is not the one that has said
   * so; null if it is, or nobody answers. Asks, and waits for the answer.
   *
   * @param said what a process says of itself
   */
  @Nullable Place otherThan(Place said) {
    Place there = ask(network, said.getNode());
    if (there == null
        || !there.getNode().equals(said.getNode())
        || there.getProcess().equals(said.getProcess())) {
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

  private static @Nullable Place ask(PeerNetwork network, String node) {
    try {
      return Place.parseFrom(network.call(node, Call.WHO, new byte[0], ANSWERED_WITHIN));
    } catch (InvalidProtocolBufferException e) {
      LOG.warn("{} did not say who it is", node, e);
      return null;
    } catch (IOException silent) {
      LOG.debug("Nobody answers where {} is known to be", node, silent);
      return null;
    }
  }

  /** Only another process of this node asks it under its own name. */
  @Override
  public byte[] answer(@Nullable String caller, byte[] request) {
    if (identity.node().equals(caller)) {
      intruders.accept(RefusedPeerException.runsElsewhere(identity, "an address not known"));
      LOG.warn(
          "Another process was started with a copy of the data directory of coordinator {}, and was"
              + " sent away",
          caller);
    }
    return here.toByteArray();
  }
}
