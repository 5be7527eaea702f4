package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.node.config.NodeConfig.DiscoveryProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds names of network interfaces that this machine does not have. With one, a node would look
 * for its coordinators where nobody is, for ever. Interfaces that are down or have no address yet
 * are fine, and so are addresses that no interface has: these may come while the node runs.
 */
final class AbsentInterfaces {
  /** Of a machine with many containers nobody wants to read all. */
  private static final int SHOWN = 20;

  private static final Path LINUX = Path.of("/proc/self/net/dev");

  private AbsentInterfaces() {}

  /** Finds all that a configuration would use. */
  static void find(JsonNode root, Values values, Faults faults) {
    if (!areUsed(values)) {
      return;
    }
    NavigableSet<String> present = ofThisMachine();
    String pointer = Keys.INTERFACES.pointer();
    Spot all = new Spot(faults, pointer, Faults.quoted(Keys.INTERFACES.name()));
    JsonNode items = root.at(pointer);
    for (int i = 0; i < items.size(); i++) {
      String wanted = items.get(i).textValue();
      if (!present.isEmpty() && !present.contains(wanted) && !isAddress(wanted)) {
        all.item(i)
            .wrong("is no network interface of this machine", items.get(i), hint(present, wanted));
      }
    }
  }

  private static boolean areUsed(Values values) {
    return values.get(Keys.DISCOVERY_ENABLED)
        && values.isKnown(Keys.DISCOVERY_PROTOCOL)
        && values.get(Keys.DISCOVERY_PROTOCOL) == DiscoveryProtocol.MDNS
        && values.has(Keys.INTERFACES)
        && values.isKnown(Keys.INTERFACES);
  }

  private static String hint(NavigableSet<String> present, String wanted) {
    String shown = present.stream().limit(SHOWN).collect(Collectors.joining(", "));
    int more = present.size() - SHOWN;
    String nearest = NearestName.among(List.copyOf(present), wanted);
    return shown
        + (more > 0 ? " and " + more + " more" : "")
        + ", or an address of this machine"
        + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?");
  }

  /** With a scope that does not exist it is none. */
  private static boolean isAddress(String text) {
    try {
      return !InetAddress.ofLiteral(text).getHostAddress().isEmpty();
    } catch (IllegalArgumentException name) {
      return false;
    }
  }

  /** The JVM tells none that has no address; Linux does. Nothing when neither tells. */
  private static NavigableSet<String> ofThisMachine() {
    NavigableSet<String> names = new TreeSet<>();
    try {
      NetworkInterface.networkInterfaces().map(NetworkInterface::getName).forEach(names::add);
    } catch (SocketException e) {
      // No interface has an address.
    }
    try {
      names.addAll(ofLinux(Files.readString(LINUX, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      // Another system, where the JVM's are all.
    }
    return names;
  }

  /** Two lines of headings, then one for each interface, with a colon behind its name. */
  static List<String> ofLinux(String table) {
    return table
        .lines()
        .skip(2)
        .filter(line -> line.contains(":"))
        .map(line -> line.substring(0, line.indexOf(':')).strip())
        .toList();
  }
}
