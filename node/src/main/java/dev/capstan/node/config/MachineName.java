package dev.capstan.node.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** The name of this machine. */
public final class MachineName {
  private static final int LONGEST_NAME = 63;

  private MachineName() {}

  /** The machine's name as that of a node. */
  public static String forNode() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "node";
    }
    int dot = host.indexOf('.');
    String first = (dot > 0 ? host.substring(0, dot) : host).toLowerCase(Locale.ROOT);
    String plain = first.replaceAll("[^a-z0-9-]", "-").replaceAll("^-+", "");
    return plain.isEmpty() ? "node" : plain.substring(0, Math.min(LONGEST_NAME, plain.length()));
  }
}
