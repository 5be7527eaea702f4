package dev.capstan.server.membership;

import dev.capstan.api.v1.RefusedPeer;
import dev.capstan.security.tls.RefusedPeerException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody came to a coordinator and was not let in. All of it may be a lie of theirs, so it is
 * plain and short.
 *
 * @param way how they tried
 * @param reason one of {@link RefusedPeerException.Reason} or {@link KeyFault}
 * @param peer whom the certificate names; of an API key its id, empty without one
 * @param detail a sentence
 */
record Intruder(Way way, String reason, String peer, String detail) {
  private static final int LONGEST = 300;

  /** How somebody tries to get in. */
  enum Way {
    /** With a certificate, as a node. */
    CERTIFICATE("cluster.connect", "peer:"),
    /** With an API key, over HTTP or gRPC. */
    API_KEY("api.authenticate", "key:");

    private final String operation;
    private final String who;

    Way(String operation, String who) {
      this.operation = operation;
      this.who = who;
    }
  }

  Intruder {
    reason = plain(reason);
    peer = plain(peer);
    detail = plain(detail);
  }

  static Intruder of(RefusedPeerException refusal) {
    return new Intruder(
        Way.CERTIFICATE,
        refusal.reason().name(),
        refusal.peer(),
        String.valueOf(refusal.getMessage()));
  }

  /** Whoever has shown no API key of the cluster; nothing of a secret is in it. */
  static Intruder of(KeyFault fault, String from, @Nullable String key) {
    return new Intruder(
        Way.API_KEY, fault.name(), key == null ? "" : key, fault.sentence() + "; from " + from);
  }

  static Intruder of(RefusedPeer message) {
    return new Intruder(
        message.getApiKey() ? Way.API_KEY : Way.CERTIFICATE,
        message.getReason(),
        message.getPeer(),
        message.getDetail());
  }

  RefusedPeer message() {
    return RefusedPeer.newBuilder()
        .setReason(reason)
        .setPeer(peer)
        .setDetail(detail)
        .setApiKey(way == Way.API_KEY)
        .build();
  }

  /** What it did, in the audit. */
  String operation() {
    return way.operation;
  }

  /** Who it is, in the audit. */
  String who() {
    return way.who + peer;
  }

  /** Equal ones are told once in a while. Those with an API key differ in where they come from. */
  String kind() {
    return reason + " " + peer + (way == Way.API_KEY ? " " + detail : "");
  }

  private static String plain(String text) {
    String line = text.replaceAll("[^\\x20-\\x7e]", "?");
    return line.substring(0, Math.min(line.length(), LONGEST));
  }
}
