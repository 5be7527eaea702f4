package dev.capstan.security.tls;

/** Which end of a connection a peer is, and the extended key usage that allows it (RFC 5280). */
enum Side {
  CLIENT("1.3.6.1.5.5.7.3.2"),
  SERVER("1.3.6.1.5.5.7.3.1");

  private final String usage;

  Side(String usage) {
    this.usage = usage;
  }

  String usage() {
    return usage;
  }

  String word() {
    return switch (this) {
      case CLIENT -> "client";
      case SERVER -> "server";
    };
  }
}
