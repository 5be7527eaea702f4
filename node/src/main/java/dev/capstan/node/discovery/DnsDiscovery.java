package dev.capstan.node.discovery;

import dev.capstan.node.config.HostPort;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks a name up again and again. An answer without addresses and no answer are the same: what was
 * known before stays known, since a name server that fails must not cut a cluster in pieces.
 */
public final class DnsDiscovery implements Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(DnsDiscovery.class);

  /** A cluster has five coordinators; more than this is somebody's mistake. */
  static final int MOST = 64;

  private static final Duration CLOSE_LIMIT = Duration.ofMillis(100);

  private final String name;
  private final int port;
  private final NameServer server;
  private final KnownAddresses known = new KnownAddresses(List.of());
  private @Nullable Rounds rounds;
  private boolean failing;

  private record Service(int priority, int weight, CoordinatorAddress address) {}

  /** Looks nothing up by itself. */
  DnsDiscovery(String name, int port, NameServer server) {
    this.name = name;
    this.port = port;
    this.server = server;
  }

  /**
   * Starts to look, at once and then every {@code interval}, on a thread of its own.
   *
   * @param name with A and AAAA records; of SRV records if it begins with {@code _}
   * @param port of the coordinators behind A and AAAA records
   */
  public static DnsDiscovery open(String name, int port, Duration interval) {
    return open(name, port, interval, NameServer.ofThisMachine());
  }

  static DnsDiscovery open(String name, int port, Duration interval, NameServer server) {
    DnsDiscovery discovery = new DnsDiscovery(name, port, server);
    discovery.rounds = new Rounds("discovery-dns", interval, discovery::lookUp);
    return discovery;
  }

  /** One look-up. For one thread. */
  void lookUp() {
    List<CoordinatorAddress> found;
    try {
      found = name.startsWith("_") ? services() : addresses();
    } catch (NamingException e) {
      failed(String.valueOf(e.getMessage()));
      return;
    }
    if (found.isEmpty()) {
      failed("it has no records that can be used");
      return;
    }
    if (failing) {
      failing = false;
      LOG.info("The name {} can be looked up again", name);
    }
    known.replace(found);
  }

  private void failed(String why) {
    if (!failing) {
      failing = true;
      LOG.warn(
          "The name {} of the coordinators can't be looked up: {}. What it told before stays in use: {}",
          name,
          why,
          known.all());
    }
  }

  /** Sorted, because servers turn the order round to spread load. */
  private List<CoordinatorAddress> addresses() throws NamingException {
    return server.addresses(name).stream()
        .filter(HostPort::isHost)
        .distinct()
        .sorted()
        .limit(MOST)
        .map(address -> new CoordinatorAddress(address, port, null, null))
        .toList();
  }

  private List<CoordinatorAddress> services() throws NamingException {
    return server.services(name).stream()
        .flatMap(text -> service(text).stream())
        .sorted(
            Comparator.comparingInt(Service::priority)
                .thenComparingInt(service -> -service.weight())
                .thenComparing(service -> service.address().host())
                .thenComparingInt(service -> service.address().port()))
        .map(Service::address)
        .distinct()
        .limit(MOST)
        .toList();
  }

  /**
   * Priority, weight, port and target (RFC 2782); the target "." means that there is no service.
   */
  private static Optional<Service> service(String text) {
    String[] fields = text.split(" ");
    if (fields.length != 4 || fields[3].length() < 2) {
      return Optional.empty();
    }
    String host =
        fields[3].endsWith(".") ? fields[3].substring(0, fields[3].length() - 1) : fields[3];
    int target = Integer.parseInt(fields[2]);
    return HostPort.isHost(host) && target > 0
        ? Optional.of(
            new Service(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                new CoordinatorAddress(host, target, null, null)))
        : Optional.empty();
  }

  @Override
  public List<CoordinatorAddress> known() {
    return known.all();
  }

  @Override
  public void onChange(Consumer<List<CoordinatorAddress>> listener) {
    known.listen(listener);
  }

  @Override
  public void close() {
    if (rounds != null) {
      rounds.stop(CLOSE_LIMIT);
    }
  }
}
