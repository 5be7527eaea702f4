package dev.capstan.node.joining;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.Renewal;
import dev.capstan.security.tls.NodeKeys;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a node's certificates, with new keys, when half of their life is over, or when they do
 * not say any more what they should. Connections that are open go on with what they were made with,
 * so a session is not lost by it; handshakes from then on show the new ones. Run by one thread,
 * again and again.
 */
public final class CertificateRenewal implements Runnable {
  /** How often to look: short against the shortest life that makes sense, an hour. */
  public static final Duration LOOK_EVERY = Duration.ofSeconds(30);

  private static final Duration LEAST_LOOK = Duration.ofMillis(100);
  private static final int LOOKS_IN_THE_REST = 8;

  private static final Logger LOG = LoggerFactory.getLogger(CertificateRenewal.class);

  private final NodeHome home;
  private final NodeIdentity identity;
  private final Map<Purpose, NodeKeys> keys;
  private final Signer signer;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Predicate<Credential> outdated;
  private @Nullable Renewal next;
  private boolean alarmed;

  /** Who signs requests. */
  public interface Signer {

    /**
     * New certificates.
     *
     * @param peerRequest null for a worker
     * @return null if nobody could be asked; it is tried again
     */
    @Nullable Renewed sign(byte[] request, byte @Nullable [] peerRequest);
  }

  /**
   * What was signed, the node's own certificate first.
   *
   * @param peerChain empty for a worker
   */
  public record Renewed(List<X509Certificate> chain, List<X509Certificate> peerChain) {}

  /**
   * @param keys what the node shows, by purpose; told of the new certificates
   * @param random spreads the nodes' requests over time
   */
  public CertificateRenewal(
      NodeHome home,
      NodeIdentity identity,
      Map<Purpose, NodeKeys> keys,
      Signer signer,
      InstantSource clock,
      RandomGenerator random) {
    this(home, identity, keys, signer, clock, random, _ -> false);
  }

  /**
   * The same for certificates that can be outdated before their time.
   *
   * @param outdated whether what is shown to nodes does not say any more what a new one would say
   */
  public CertificateRenewal(
      NodeHome home,
      NodeIdentity identity,
      Map<Purpose, NodeKeys> keys,
      Signer signer,
      InstantSource clock,
      RandomGenerator random,
      Predicate<Credential> outdated) {
    this.outdated = outdated;
    this.home = home;
    this.identity = identity;
    this.keys = Map.copyOf(keys);
    this.signer = signer;
    this.clock = clock;
    this.random = random;
  }

  /**
   * How often to look where a certificate holds for so long yet: a node that comes back when the
   * life of its certificate is nearly over must have looked before the end.
   */
  public static Duration lookEvery(Duration left) {
    Duration often = left.dividedBy(LOOKS_IN_THE_REST);
    if (often.compareTo(LOOK_EVERY) > 0) {
      return LOOK_EVERY;
    }
    return often.compareTo(LEAST_LOOK) < 0 ? LEAST_LOOK : often;
  }

  @Override
  public void run() {
    try {
      Renewal planned = planned();
      Instant now = clock.instant();
      if ((planned.isDue(now) || isOutdated()) && !renew() && planned.isAlarming(now) && !alarmed) {
        alarmed = true;
        LOG.error(
            "The certificate of {} could not be renewed, and is good until {} only: no coordinator signs it",
            identity.shown(),
            credential(Purpose.NODES).lifetime().until());
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("The certificates could not be renewed; tried again", e);
    }
  }

  private boolean isOutdated() {
    NodeKeys shown = keys.get(Purpose.NODES);
    Credential current = shown == null ? null : shown.current();
    return current != null && outdated.test(current);
  }

  private Renewal planned() throws IOException {
    Renewal planned = next;
    if (planned == null) {
      planned = Renewal.of(credential(Purpose.NODES).lifetime(), random);
      next = planned;
    }
    return planned;
  }

  private Credential credential(Purpose purpose) throws IOException {
    return Objects.requireNonNull(home.keys().credential(purpose), "a node has a certificate");
  }

  private boolean renew() throws IOException {
    boolean coordinates = identity.role() == Role.COORDINATOR;
    Renewed renewed =
        signer.sign(
            home.keys().request(Purpose.NODES, identity),
            coordinates ? home.keys().request(Purpose.PEERS, identity) : null);
    if (renewed == null) {
      return false;
    }
    if (coordinates) {
      install(Purpose.PEERS, renewed.peerChain());
    }
    // Last, since it is this one whose age decides when to renew both.
    install(Purpose.NODES, renewed.chain());
    next = null;
    alarmed = false;
    LOG.info("{} has new certificates, to be renewed at {}", identity.shown(), planned().due());
    return true;
  }

  private void install(Purpose purpose, List<X509Certificate> chain) throws IOException {
    home.keys().install(purpose, chain);
    NodeKeys shown = keys.get(purpose);
    if (shown != null) {
      shown.replace(credential(purpose));
    }
  }
}
