package dev.capstan.server.boot;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.server.membership.Roster;
import java.util.function.Predicate;

/**
 * Whom coordinators keep from the port on which they decide together: whoever was put out, but not
 * before its vote is gone. Until then the others may have to ask it, on connections that they begin
 * after they were down, and it them, since it may have the longer log. As one's own logs tell; any
 * thread.
 */
final class RemainingVotes implements Predicate<NodeIdentity> {
  private final Roster roster;
  private volatile Predicate<String> votes = _ -> false;

  RemainingVotes(Roster roster) {
    this.roster = roster;
  }

  /**
   * The logs are open. Before that nobody has a vote here that is known of.
   *
   * @param voting whether a coordinator has a replica of any partition, or may have: a replica here
   *     that was not filled yet, or is closed, knows of none
   */
  void known(Predicate<String> voting) {
    votes = voting;
  }

  /** Whether a node is to be kept out. */
  @Override
  public boolean test(NodeIdentity node) {
    return roster.isEvicted(node) && !votes.test(node.node());
  }
}
