package dev.capstan.node.discovery;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.discovery.MdnsMessage.Entry;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How coordinators announce themselves by DNS service discovery (RFC 6763): the type {@code
 * _capstan._tcp}, and a TXT record with {@code cluster}, {@code node}, {@code v} (1) and {@code
 * host} where it is not the address of the interface. All records of a coordinator stand in one
 * datagram, so nothing has to be remembered to put them together.
 */
final class MdnsText {
  static final String TYPE = "_capstan._tcp.local.";

  /** Seconds that an announcement counts for; it is repeated three times as often. */
  static final long TTL = 120;

  private static final String CLUSTER = "cluster";
  private static final String NODE = "node";
  private static final String VERSION = "v";
  private static final String HOST = "host";

  /** Of the announcement's form; another one is not understood and not used. */
  private static final String VERSION_1 = "1";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final int LONGEST_LABEL = 63;

  /** What an announcement says. */
  sealed interface Reading {
    /** A coordinator is there. */
    record Coordinator(String cluster, String node, String host, int port) implements Reading {
      CoordinatorAddress address() {
        return new CoordinatorAddress(host, port, cluster, node);
      }
    }

    /** The announcement is taken back, for one host or, when it names none, for all. */
    record Gone(@Nullable String host) implements Reading {}

    /** Nothing that this version understands. */
    record Unusable() implements Reading {}
  }

  private MdnsText() {}

  static boolean isName(@Nullable String text) {
    return text != null && NAME.matcher(text).matches();
  }

  /** The name of a coordinator's records, unique by a hash of its name and its cluster. */
  static String instance(Announcement announcement) {
    String node = announcement.node();
    String whole = announcement.cluster() + "/" + node;
    String hash = "-" + HexFormat.of().toHexDigits(whole.hashCode());
    int rest = LONGEST_LABEL - hash.length();
    return (node.length() > rest ? node.substring(0, rest) : node) + hash;
  }

  /**
   * The records of a coordinator.
   *
   * @param address of the interface that they are told on
   * @param ttl 0 to take them back
   */
  static List<Entry> write(Announcement announcement, InetAddress address, long ttl) {
    Map<String, String> values = new TreeMap<>();
    values.put(CLUSTER, announcement.cluster());
    values.put(NODE, announcement.node());
    values.put(VERSION, VERSION_1);
    String told = announcement.host();
    if (told != null) {
      values.put(HOST, told);
    }
    String instance = instance(announcement) + "." + TYPE;
    String host = instance(announcement) + ".local.";
    return List.of(
        new Entry.Pointer(TYPE, ttl, instance),
        new Entry.Service(instance, ttl, announcement.port(), host),
        new Entry.Text(instance, ttl, values),
        new Entry.Address(host, ttl, address));
  }

  /** What a message says of the instance that {@code pointer} leads to. */
  static Reading read(Entry.Pointer pointer, MdnsMessage message) {
    Optional<Entry.Service> service =
        of(Entry.Service.class, pointer.target(), message).findFirst();
    Map<String, String> values =
        of(Entry.Text.class, pointer.target(), message)
            .findFirst()
            .map(Entry.Text::values)
            .orElse(Map.of());
    String told = values.get(HOST);
    String host =
        told == null && service.isPresent() ? address(service.get().target(), message) : told;
    if (pointer.ttl() == 0) {
      return new Reading.Gone(host);
    }
    String cluster = values.get(CLUSTER);
    String node = values.get(NODE);
    int port = service.map(Entry.Service::port).orElse(0);
    if (cluster == null || node == null || host == null) {
      return new Reading.Unusable();
    }
    boolean fine =
        VERSION_1.equals(values.get(VERSION))
            && isName(cluster)
            && isName(node)
            && HostPort.isHost(host)
            && port > 0;
    return fine ? new Reading.Coordinator(cluster, node, host, port) : new Reading.Unusable();
  }

  /** A link-local address of IPv6 means nothing without the interface, so it is left out. */
  private static @Nullable String address(String host, MdnsMessage message) {
    return of(Entry.Address.class, host, message)
        .map(Entry.Address::address)
        .filter(address -> address instanceof Inet4Address || !address.isLinkLocalAddress())
        .min(Comparator.comparing(address -> !(address instanceof Inet4Address)))
        .map(InetAddress::getHostAddress)
        .orElse(null);
  }

  private static <E extends Entry> Stream<E> of(Class<E> type, String name, MdnsMessage message) {
    return message.entries().stream()
        .filter(entry -> entry.name().equals(name))
        .filter(type::isInstance)
        .map(type::cast);
  }

  /** Whether {@code host} is an address or name that means another machine on each machine. */
  static boolean isLoopback(String host) {
    boolean literal = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    try {
      return host.equalsIgnoreCase("localhost")
          || (literal && InetAddress.ofLiteral(host).isLoopbackAddress());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
