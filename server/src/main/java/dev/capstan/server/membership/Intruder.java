package dev.capstan.server.membership;

import dev.capstan.api.v1.RefusedPeer;
import dev.capstan.security.tls.RefusedPeerException;

/**
 * Somebody connected to a coordinator and was not let in. All of it may be a lie of theirs, so it
 * is plain and short.
 *
 * @param reason one of {@link RefusedPeerException.Reason}
 * @param peer whom the certificate names
 * @param detail a sentence
 */
record Intruder(String reason, String peer, String detail) {
  private static final int LONGEST = 300;

  Intruder {
    reason = plain(reason);
    peer = plain(peer);
    detail = plain(detail);
  }

  static Intruder of(RefusedPeerException refusal) {
    return new Intruder(
        refusal.reason().name(), refusal.peer(), String.valueOf(refusal.getMessage()));
  }

  static Intruder of(RefusedPeer message) {
    return new Intruder(message.getReason(), message.getPeer(), message.getDetail());
  }

  RefusedPeer message() {
    return RefusedPeer.newBuilder().setReason(reason).setPeer(peer).setDetail(detail).build();
  }

  /** Equal ones are told once in a while. */
  String kind() {
    return reason + " " + peer;
  }

  private static String plain(String text) {
    String line = text.replaceAll("[^\\x20-\\x7e]", "?");
    return line.substring(0, Math.min(line.length(), LONGEST));
  }
}
