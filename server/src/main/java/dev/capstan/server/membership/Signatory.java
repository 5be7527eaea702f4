package dev.capstan.server.membership;

import dev.capstan.node.env.Clock;
import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CertificateRenewal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.SigningRefusedException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs the certificates of the cluster's nodes: when they join, and before those that they have
 * end. Reads and stores no rows. Safe for any thread.
 */
public final class Signatory {
  private static final Logger LOG = LoggerFactory.getLogger(Signatory.class);

  private final Authorities authorities;
  private final Clock clock;

  Signatory(Authorities authorities, Clock clock) {
    this.authorities = authorities;
    this.clock = clock;
  }

  /** Certificates that are handed out only where the rows allow it. */
  record Signed(List<X509Certificate> chain, List<X509Certificate> peerChain) {
    static final Signed NOTHING = new Signed(List.of(), List.of());
  }

  /** What a machine gets if it may join. */
  Signed sign(Application application, NodeIdentity identity) throws SigningRefusedException {
    byte[] peerRequest = application.peerRequest();
    return new Signed(
        sign(Purpose.NODES, application.request(), identity, application.place()),
        peerRequest == null
            ? List.of()
            : sign(Purpose.PEERS, peerRequest, identity, application.place()));
  }

  private List<X509Certificate> sign(
      Purpose purpose, byte[] request, NodeIdentity identity, @Nullable CoordinatorPlace place)
      throws SigningRefusedException {
    return authorities.sign(purpose, request, identity, hosts(place), now());
  }

  /** The hosts that certificates of a coordinator at a place name; none where there is no place. */
  public static List<String> hosts(@Nullable CoordinatorPlace place) {
    return place == null
        ? List.of()
        : List.of(place.http().host(), place.grpc().host(), "localhost").stream()
            .distinct()
            .toList();
  }

  /** New certificates for this coordinator itself; null while it does not know itself. */
  public CertificateRenewal.@Nullable Renewed renewOwn(
      NodeIdentity identity, byte[] request, byte @Nullable [] peerRequest, Roster roster) {
    return switch (renew(identity, request, peerRequest, roster)) {
      case Verdict.Admitted verdict ->
          new CertificateRenewal.Renewed(verdict.chain(), verdict.peerChain());
      case Verdict.Refused(String sentence) -> {
        LOG.info("This coordinator has no new certificates yet: {}", sentence);
        yield null;
      }
    };
  }

  /** New certificates for a node that has proven who it is. */
  Verdict renew(
      NodeIdentity identity, byte[] request, byte @Nullable [] peerRequest, Roster roster) {
    CoordinatorPlace place = roster.coordinator(identity.node());
    if (identity.role() == Role.COORDINATOR && place == null) {
      return new Verdict.Refused("The cluster has no coordinator " + identity.node() + " any more");
    }
    try {
      List<X509Certificate> chain = sign(Purpose.NODES, request, identity, place);
      List<X509Certificate> peerChain =
          peerRequest == null
              ? List.of()
              : sign(Purpose.PEERS, peerRequest, identity, Objects.requireNonNull(place));
      LOG.info("{} has new certificates", identity.shown());
      return new Verdict.Admitted(identity, chain, peerChain);
    } catch (SigningRefusedException e) {
      return new Verdict.Refused(String.valueOf(e.getMessage()));
    }
  }

  /** The authorities, which a coordinator gets when it joins. */
  Authorities authorities() {
    return authorities;
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.wallMillis());
  }
}
