package dev.capstan.node.discovery;

import dev.capstan.node.config.NodeConfig.NodeDiscovery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the discovery that a configuration asks for. */
public final class Discoveries {
  private Discoveries() {}

  /**
   * Starts to look. Seeds are known at once; what else there is comes with time.
   *
   * @param cluster the cluster whose coordinators are wanted; null for those of any
   * @param announcement what this node announces over mDNS; null when it is no coordinator
   */
  public static Discovery open(
      NodeDiscovery config, @Nullable String cluster, @Nullable Announcement announcement) {
    Discovery seeds = new StaticDiscovery(config.seeds());
    if (!config.enabled()) {
      return seeds;
    }
    return switch (config.protocol()) {
      case STATIC -> seeds;
      case DNS -> joint(seeds, dns(config));
      case MDNS ->
          joint(
              seeds,
              MdnsDiscovery.open(
                  config.interfaces(), config.heartbeatInterval(), cluster, announcement));
    };
  }

  private static Discovery joint(Discovery seeds, Discovery search) {
    return seeds.known().isEmpty() ? search : new JointDiscovery(List.of(seeds, search));
  }

  private static Discovery dns(NodeDiscovery config) {
    String name = config.dnsName();
    if (name == null) {
      throw new IllegalArgumentException("the protocol dns needs a name to look up");
    }
    return DnsDiscovery.open(name, config.port(), config.heartbeatInterval());
  }
}
