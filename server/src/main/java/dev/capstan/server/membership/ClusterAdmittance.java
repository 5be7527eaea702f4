package dev.capstan.server.membership;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Lets in whom a certificate names and nobody has put out. */
public final class ClusterAdmittance implements Admittance {
  private final Roster roster;
  private final String cluster;

  /** For the nodes of a cluster. */
  public ClusterAdmittance(Roster roster, String cluster) {
    this.roster = roster;
    this.cluster = cluster;
  }

  @Override
  public String proven() {
    NodeIdentity caller = PeerIdentity.current();
    if (caller == null) {
      throw new IllegalStateException("a call without a certificate came through");
    }
    return caller.node();
  }

  @Override
  public boolean isEvicted(String node) {
    return roster.isEvicted(NodeIdentity.worker(cluster, node));
  }

  @Override
  public boolean isEvicted(TransactionView view, String node) {
    byte[] row = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, node));
    // Only the first partition has these rows; the others know what is applied here.
    return row == null ? isEvicted(node) : ClusterRows.node(row).hasEvictedMillis();
  }

  @Override
  public @Nullable Instant provenUntil() {
    return PeerIdentity.until();
  }

  @Override
  public boolean evict(TransactionView view, String node) {
    return Members.evict(view, NodeIdentity.worker(cluster, node));
  }
}
