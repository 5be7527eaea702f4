package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A machine of a lab: its own interfaces {@code lo} and {@code eth0}, addresses, routes and ports;
 * the files, the users and the clock of this machine. Any thread may call this.
 */
public final class Host {
  private static final TestUser USER = TestUser.current();

  private final Lab lab;
  private final String name;
  private final int number;
  private final Map<Integer, Door> doors = new ConcurrentHashMap<>();

  Host(Lab lab, String name, int number) {
    this.lab = lab;
    this.name = name;
    this.number = number;
  }

  /** The name that the test gave it. */
  public String name() {
    return name;
  }

  int number() {
    return number;
  }

  /** Its IPv4 address on the lab's network, as in {@code 10.77.0.3}. */
  public String address() {
    return Lab.address(0, number);
  }

  /**
   * Plugs it into the lab's second network too, with an interface {@code eth1}.
   *
   * @return its address there
   */
  public String joinSecondNetwork() {
    lab.second(this);
    return Lab.address(1, number);
  }

  /** Takes it off the first network for good: no fault, no door and no {@link #address} then. */
  public void leaveFirstNetwork() {
    lab.leaveFirst(this);
  }

  /**
   * Starts a process in this host, as this JVM's user, in this JVM's working directory.
   *
   * @param command program and arguments, found as this JVM would find them
   * @param environment on top of this JVM's own
   * @param log takes standard error, at its end
   * @throws UncheckedIOException when it can't be started
   */
  public HostProcess start(List<String> command, Map<String, String> environment, Path log) {
    List<String> inHost = new ArrayList<>(List.of("ip", "netns", "exec", name));
    inHost.addAll(USER.command());
    inHost.addAll(List.of("env", "-C", System.getProperty("user.dir")));
    inHost.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(lab.namespaces().inside(inHost))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new HostProcess(name + ": " + command.getFirst(), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a JVM with this one's class path in this host.
   *
   * @param options of the JVM, before the class
   * @param log takes standard error, at its end
   */
  public HostProcess java(Class<?> main, List<String> options, List<String> arguments, Path log) {
    return start(JavaCommand.of(main, options, arguments), Map.of(), log);
  }

  /**
   * Where this JVM reaches a TCP port of this host: a port of loopback, the same one each time.
   * Connections come to the host from an address of the lab that no fault but a link that is down
   * cuts off, so that a test can look at both sides of a partition.
   */
  public InetSocketAddress door(int port) {
    return doors
        .computeIfAbsent(
            port,
            wanted -> {
              try {
                return new Door(lab.doors(), new InetSocketAddress(address(), wanted));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .address();
  }

  void closeDoors() {
    doors.values().forEach(Door::close);
  }

  @Override
  public String toString() {
    return name + " (" + address() + ")";
  }
}
