package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom this end of a connection lets in: nodes of one cluster, with certain roles, that were not
 * put out. A peer that is not let in gets no connection, and the exception says why.
 *
 * <p>Host names are not compared. A node is believed for who it is and not for where it answers:
 * nodes move, coordinators are found by addresses that no certificate knows, and an authority that
 * signs identities only is harder to fool than a name service. What a host name check is to
 * prevent, that some other owner of a certificate takes a server's place, is prevented by cluster,
 * role and use: only coordinators may serve. A client that must reach one certain coordinator
 * compares the node's id ({@link PeerIdentity#of}). Since this is an extended trust manager, the
 * JDK leaves that check to it.
 *
 * <p>Safe for use by several threads.
 */
public final class NodeTrust extends X509ExtendedTrustManager {
  private final String cluster;
  private final Set<Role> roles;
  private final Predicate<NodeIdentity> evicted;
  private final InstantSource clock;
  private final Consumer<RefusedPeerException> refusals;
  private final Consumer<RefusedPeerException> intruders;
  private volatile List<X509Certificate> roots;

  private NodeTrust(Builder builder) {
    this.cluster = builder.cluster;
    this.roots = builder.roots;
    this.roles = builder.roles;
    this.evicted = builder.evicted;
    this.clock = builder.clock;
    this.refusals = builder.refusals;
    this.intruders = builder.intruders;
  }

  /**
   * Nodes of this cluster whose certificates one of these authorities signed.
   *
   * @param roots certificates of the authorities
   */
  public static Builder of(String cluster, List<X509Certificate> roots) {
    return new Builder(cluster, List.copyOf(roots));
  }

  /**
   * Believes these authorities from the next handshake on: two while one takes over from the other.
   * Connections that are open stay.
   */
  public void replaceRoots(List<X509Certificate> roots) {
    this.roots = List.copyOf(roots);
  }

  /**
   * Looks again at a peer that has been let in: it may have been put out since then. Whether its
   * certificate has expired doesn't count, as for every connection of TLS: a node that renewed its
   * certificate must not lose the connections that it had before. Servers give connections an end
   * instead.
   *
   * @throws RefusedPeerException if it may not stay
   */
  public void recheck(NodeIdentity peer) throws RefusedPeerException {
    try {
      admit(peer);
    } catch (RefusedPeerException e) {
      throw told(e.of(peer.shown()), Side.CLIENT);
    }
  }

  private RefusedPeerException told(RefusedPeerException refusal, Side side) {
    refusals.accept(refusal);
    if (side == Side.CLIENT) {
      intruders.accept(refusal);
    }
    return refusal;
  }

  @Override
  public void checkClientTrusted(
      X509Certificate @Nullable [] chain, String authType, SSLEngine engine)
      throws RefusedPeerException {
    check(chain, Side.CLIENT, Protocol.isRight(engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType, Socket socket)
      throws RefusedPeerException {
    check(chain, Side.CLIENT, Protocol.isRight(socket));
  }

  @Override
  public void checkServerTrusted(
      X509Certificate @Nullable [] chain, String authType, SSLEngine engine)
      throws RefusedPeerException {
    check(chain, Side.SERVER, Protocol.isRight(engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType, Socket socket)
      throws RefusedPeerException {
    check(chain, Side.SERVER, Protocol.isRight(socket));
  }

  /** Without a connection there is no protocol to be right: always refused. */
  @Override
  public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType)
      throws RefusedPeerException {
    check(chain, Side.CLIENT, false);
  }

  /** Without a connection there is no protocol to be right: always refused. */
  @Override
  public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType)
      throws RefusedPeerException {
    check(chain, Side.SERVER, false);
  }

  /** Named to clients, so that a browser offers fitting certificates only. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return roots.toArray(X509Certificate[]::new);
  }

  private void check(X509Certificate @Nullable [] chain, Side side, boolean protocol)
      throws RefusedPeerException {
    try {
      Protocol.require(protocol);
      admit(CertificateCheck.check(Chains.first(chain), roots, side, clock.instant()));
    } catch (RefusedPeerException e) {
      String whom = chain == null || chain.length == 0 ? null : CertificateCheck.shown(chain[0]);
      throw told(whom == null ? e : e.of(whom), side);
    }
  }

  private void admit(NodeIdentity peer) throws RefusedPeerException {
    if (!peer.cluster().equals(cluster)) {
      throw new RefusedPeerException(
          Reason.OTHER_CLUSTER,
          "The node "
              + peer.shown()
              + " is of cluster "
              + peer.cluster()
              + ", and this is cluster "
              + cluster
              + "; connect it to its own");
    }
    if (!roles.contains(peer.role())) {
      throw new RefusedPeerException(
          Reason.WRONG_ROLE,
          "The node "
              + peer.shown()
              + " is a "
              + peer.role().word()
              + " where only "
              + String.join(" and ", roles.stream().map(role -> role.word() + "s").toList())
              + " may be");
    }
    if (evicted.test(peer)) {
      throw new RefusedPeerException(
          Reason.EVICTED,
          "The node "
              + peer.shown()
              + " has been put out of the cluster, and its name is not used again; the machine may join with an"
              + " empty data directory, another name and a new token");
    }
  }

  /** Says whom to let in; the defaults let all nodes of the cluster in. Not for several threads. */
  public static final class Builder {
    private final String cluster;
    private final List<X509Certificate> roots;
    private Set<Role> roles = EnumSet.allOf(Role.class);
    private Predicate<NodeIdentity> evicted = _ -> false;
    private InstantSource clock = InstantSource.system();
    private Consumer<RefusedPeerException> refusals = new RefusalLog(System::nanoTime);

    private Consumer<RefusedPeerException> intruders = _ -> {};

    private Builder(String cluster, List<X509Certificate> roots) {
      this.cluster = cluster;
      this.roots = roots;
    }

    /** Only nodes with this role. */
    public Builder only(Role role) {
      this.roles = EnumSet.of(role);
      return this;
    }

    /** Asked at every handshake and every recheck, on the connection's thread: it must be fast. */
    public Builder evicted(Predicate<NodeIdentity> evicted) {
      this.evicted = evicted;
      return this;
    }

    /** Tells whether certificates have expired. */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Hears of each peer that is refused, on the connection's thread, in place of the log, which
     * tells of one a second at most.
     */
    public Builder refusals(Consumer<RefusedPeerException> refusals) {
      this.refusals = refusals;
      return this;
    }

    /**
     * Hears also of each peer that connected to this end and was refused, on the connection's
     * thread: it must be fast. Servers that this end refused to talk to are not among them.
     */
    public Builder intruders(Consumer<RefusedPeerException> intruders) {
      this.intruders = intruders;
      return this;
    }

    /** The trust as described. */
    public NodeTrust build() {
      return new NodeTrust(this);
    }
  }
}
