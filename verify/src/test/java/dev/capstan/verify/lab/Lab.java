package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network of hosts. Closing it ends all their processes and leaves nothing; so does the end of
 * this JVM, whichever way it ends. Any number of labs can be open at once.
 *
 * <p>Faults act on IP packets between hosts and on each packet anew: what is on its way when a
 * fault begins has passed it already. They add up. ARP is never held up, so hosts that are cut off
 * from each other still have each other's hardware address; only {@link #linkDown} ends that.
 *
 * <p>Tests that open one carry {@link EnabledIfNetworkLab}.
 */
public final class Lab implements AutoCloseable {
  private static final int DOOR = 254;

  /** Ports of the second network have numbers that are so much greater. */
  private static final int SECOND = 100;

  private final Path folder;
  private final Namespaces namespaces;
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final AtomicInteger rules = new AtomicInteger();
  private final Thread hook = new Thread(this::end, "lab-end");

  private Lab(Path folder) throws IOException {
    this.folder = folder;
    this.namespaces = new Namespaces(doors(), folder.resolve("switch.log"));
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * A network without hosts.
   *
   * @throws UncheckedIOException when this machine does not allow it
   */
  public static Lab open() {
    try {
      Leftovers.remove();
      Lab lab = new Lab(Leftovers.folder());
      lab.link(DOOR, 0, "", "door");
      return lab;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Adds a host.
   *
   * @param name new in this lab; lower-case letters, digits and hyphens, at most 32
   */
  public synchronized Host host(String name) {
    if (!name.matches("[a-z0-9-]{1,32}") || hosts.containsKey(name) || hosts.size() == SECOND - 1) {
      throw new IllegalArgumentException(
          ("a host can't be called '%s': take a new name of up to 32 letters a-z, digits and"
                  + " hyphens; hosts: %s")
              .formatted(name, hosts.keySet()));
    }
    Host host = new Host(this, name, hosts.size() + 1);
    try {
      namespaces.run("ip netns add " + name);
      link(host.number(), 0, "-n " + name, "eth0");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hosts.put(name, host);
    return host;
  }

  /**
   * Gives a host an interface {@code eth1} on a second network, which has nothing in common with
   * the first one but hosts that are on both. Faults do nothing there.
   */
  void second(Host host) {
    try {
      link(host.number() + SECOND, 1, "-n " + host.name(), "eth1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes a host off the first network for good. */
  void leaveFirst(Host host) {
    try {
      namespaces.run("ip -n " + host.name() + " link set eth0 down");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes an interface with an address, and plugs its other end into the switch. That end speaks to
   * nobody itself: it answers no ARP and has no address.
   *
   * @param where options of ip(8) for the network namespace of the interface
   */
  private void link(int number, int network, String where, String device) throws IOException {
    String port = port(number);
    namespaces.run(
        """
        ip link add %1$s type veth peer name %1$s-host
        ip link set %1$s arp off addrgenmode none
        ip link set %1$s-host address 02:00:00:00:00:%3$02x addrgenmode none
        ip link set %1$s-host name %2$s %4$s
        ip %5$s link set lo up
        ip %5$s address add %6$s/24 dev %2$s
        ip %5$s link set %2$s up
        ip link set %1$s up
        """
            .formatted(
                port,
                device,
                number,
                where.isEmpty() ? "" : "netns " + where.substring("-n ".length()),
                where,
                address(network, number % SECOND)));
    namespaces.ask("plug " + number + " " + port + " " + network);
  }

  static String port(int number) {
    return "p" + number;
  }

  static String address(int network, int number) {
    return "10.77." + network + "." + number;
  }

  Path doors() {
    return folder.resolve("doors");
  }

  Namespaces namespaces() {
    return namespaces;
  }

  /**
   * Cuts every way between the hosts of one side and those of the other, both directions. Hosts of
   * neither side reach both: with one host on each side this is the partition that is like a
   * bridge.
   */
  public Fault cut(Collection<Host> one, Collection<Host> other) {
    return fault("cut", both(one, other));
  }

  /** Cuts a host off from all other hosts that the lab has now. */
  public Fault isolate(Host host) {
    return cut(List.of(host), hosts().stream().filter(each -> !each.equals(host)).toList());
  }

  /** Cuts one direction: what the first sends to the second is lost. */
  public Fault cutOneWay(Host from, Host to) {
    return fault("cut", List.of(new RuleFault.Way(from, to)));
  }

  /**
   * Loses a part of what two hosts send each other.
   *
   * @param percent 0 to 100, of the frames; with TCP a frame may be many packets' worth
   * @param seed of the draw for each frame
   */
  public Fault loss(Host one, Host other, int percent, long seed) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("loss is 0 to 100 percent, not " + percent);
    }
    return fault("loss " + percent + " " + seed, both(List.of(one), List.of(other)));
  }

  /**
   * Holds up what two hosts send each other. What is held when the fault is healed still arrives,
   * in its time.
   *
   * @param delay of each frame, one way
   * @param jitter the longest time on top of it, drawn for each frame, which may change their order
   * @param seed of the draw
   */
  public Fault delay(Host one, Host other, Duration delay, Duration jitter, long seed) {
    return fault(
        "delay " + delay.toNanos() + " " + jitter.toNanos() + " " + seed,
        both(List.of(one), List.of(other)));
  }

  /** Pulls a host's cable out; doors to it are cut as well. */
  public Fault linkDown(Host host) {
    return new LinkDown(namespaces, host);
  }

  private static List<RuleFault.Way> both(Collection<Host> one, Collection<Host> other) {
    List<RuleFault.Way> ways = new ArrayList<>();
    for (Host from : one) {
      for (Host to : other) {
        ways.add(new RuleFault.Way(from, to));
        ways.add(new RuleFault.Way(to, from));
      }
    }
    return ways;
  }

  private Fault fault(String rule, List<RuleFault.Way> ways) {
    if (ways.isEmpty()) {
      throw new IllegalArgumentException("a fault needs hosts on both sides");
    }
    return new RuleFault(namespaces, rules.incrementAndGet(), rule, ways, this::name);
  }

  private synchronized List<Host> hosts() {
    return List.copyOf(hosts.values());
  }

  private String name(int number) {
    return hosts().stream()
        .filter(host -> host.number() == number)
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException("no host has the number " + number))
        .name();
  }

  /** Ends every process of the lab, and waits for that. */
  @Override
  public void close() {
    if (Runtime.getRuntime().removeShutdownHook(hook)) {
      end();
    }
  }

  private void end() {
    hosts().forEach(Host::closeDoors);
    namespaces.close();
    try {
      Leftovers.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
