package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.log.PeerNetwork;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The other coordinators of a cluster.
 *
 * @param network the way to them
 * @param members ids of all coordinators, this one among them, when the log is made
 * @param electionTimeout a follower that hears nothing of the leader for so long, or up to twice as
 *     long, stands for election
 * @param log how the log is kept
 * @param compareEvery pause between two comparisons of what replicas have; null for none
 * @param doors where others serve clients
 * @param clock of this machine
 */
public record Peers(
    PeerNetwork network,
    List<String> members,
    Duration electionTimeout,
    LogOptions log,
    @Nullable Duration compareEvery,
    Doors doors,
    Clock clock) {
  /** Where coordinators serve clients; may change. */
  @FunctionalInterface
  public interface Doors {
    /** The HTTP API of a coordinator; null if it is not known. */
    @Nullable URI http(String coordinator);
  }

  public Peers {
    members = List.copyOf(members);
  }

  /** With the system's clock. */
  public Peers(
      PeerNetwork network,
      List<String> members,
      Duration electionTimeout,
      LogOptions log,
      @Nullable Duration compareEvery,
      Doors doors) {
    this(network, members, electionTimeout, log, compareEvery, doors, Clock.system());
  }
}
