package dev.capstan.worker.container;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ports of the node that lead into a container: {@code 8080: 80}, {@code "127.0.0.1:5353": 53/udp}.
 * As in the specification's own engine, the node's port stands first.
 */
final class Ports {

  private static final Pattern OF_NODE =
      Pattern.compile("(?:([0-9.]{7,15}|\\[[0-9a-fA-F:]{2,39}\\]):)?([0-9]{1,5})");

  private static final Pattern OF_CONTAINER = Pattern.compile("([0-9]{1,5})(?:/(tcp|udp|sctp))?");

  private static final int LARGEST = 65_535;

  private Ports() {}

  /** Writes them into what an engine is asked to make. */
  static void write(Arguments arguments, ObjectNode container, ObjectNode host) {
    Map<String, String> ports = arguments.texts("ports");
    if (ports.isEmpty()) {
      return;
    }
    ObjectNode exposed = container.putObject("ExposedPorts");
    ObjectNode bindings = host.putObject("PortBindings");
    ports.forEach((ofNode, ofContainer) -> {
      Matcher inside = OF_CONTAINER.matcher(ofContainer);
      Matcher outside = OF_NODE.matcher(ofNode);
      if (!outside.matches() || isTooLarge(outside.group(2))) {
        throw wrong(ofNode, "port or address:port of the node");
      }
      if (!inside.matches() || isTooLarge(inside.group(1)) || inside.group(1).matches("0+")) {
        throw wrong(ofContainer, "port of the container, alone or with /tcp, /udp or /sctp");
      }
      String protocol = inside.group(2) == null ? "tcp" : inside.group(2);
      String port = Integer.parseInt(inside.group(1)) + "/" + protocol;
      exposed.putObject(port);
      String address = outside.group(1) == null ? "" : outside.group(1);
      bindings
          .withArray(JsonPointer.empty().appendProperty(port))
          .addObject()
          .put("HostIp", address.replaceAll("[\\[\\]]", ""))
          .put("HostPort", String.valueOf(Integer.parseInt(outside.group(2))));
    });
  }

  private static boolean isTooLarge(String port) {
    return Integer.parseInt(port) > LARGEST;
  }

  private static RuntimeException wrong(String text, String what) {
    return Arguments.wrong("'ports' has '" + text + "', which is no " + what + ".");
  }
}
