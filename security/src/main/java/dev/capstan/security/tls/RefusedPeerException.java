package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection is not let in. The message says why, for the operator of this end;
 * the other end learns no more than an alert of TLS.
 */
public final class RefusedPeerException extends CertificateException {
  private static final long serialVersionUID = 1;

  private final Reason reason;
  private final String peer;

  RefusedPeerException(Reason reason, String message) {
    this(reason, message, null);
  }

  RefusedPeerException(Reason reason, String message, @Nullable Throwable cause) {
    this(reason, "", message, cause);
  }

  private RefusedPeerException(
      Reason reason, String peer, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.peer = peer;
  }

  /**
   * Of a node of which there is another process, which answers.
   *
   * @param where the other one is
   */
  public static RefusedPeerException runsElsewhere(NodeIdentity node, String where) {
    return new RefusedPeerException(
        Reason.RUNS_ELSEWHERE,
        node.shown(),
        "There are two processes with the keys of "
            + node.shown()
            + ": the other one is at "
            + where,
        null);
  }

  /** The same, of a peer that said to be this one. */
  RefusedPeerException of(String whom) {
    return new RefusedPeerException(reason, whom, String.valueOf(getMessage()), getCause());
  }

  /** Whom the peer said to be: plain ASCII, and perhaps a lie; empty if it said nothing. */
  public String peer() {
    return peer;
  }

  /** What is wrong with the peer. */
  public Reason reason() {
    return reason;
  }

  /** What can be wrong with a peer. */
  public enum Reason {
    /** It showed none. */
    NO_CERTIFICATE,
    /** The connection is not TLS 1.3. */
    OLD_PROTOCOL,
    /** None of the authorities that this end believes signed its certificate. */
    UNKNOWN_AUTHORITY,
    /** Its certificate is over. */
    EXPIRED,
    /** Its certificate holds only later: a clock is wrong. */
    NOT_YET_VALID,
    /** Its certificate names no node, or is not one that our authorities write. */
    MALFORMED,
    /** Its certificate is not for this end of a connection. */
    WRONG_USE,
    /** It is of another cluster. */
    OTHER_CLUSTER,
    /** Nodes with its role may not come here. */
    WRONG_ROLE,
    /** It has been put out of the cluster. */
    EVICTED,
    /** It is a second process of a node: one of the two has a copy of the other's directory. */
    RUNS_ELSEWHERE,
    /** Its authority is not the one that the join token names. */
    WRONG_PIN
  }
}
