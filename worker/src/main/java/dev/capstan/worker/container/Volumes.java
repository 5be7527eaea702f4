package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Directories of the node and volumes of the engine that a container sees: {@code /srv/data:
 * /data}, {@code cache: "/var/cache:ro"}. What starts with a slash is a path of the node, anything
 * else the name of a volume, which the engine makes when there is none.
 */
final class Volumes {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

  private static final String READ_ONLY = ":ro";
  private static final String READ_WRITE = ":rw";

  private Volumes() {}

  /** Writes them into what an engine is asked to make. */
  static void write(Arguments arguments, ObjectNode host) {
    Map<String, String> volumes = arguments.texts("volumes");
    if (volumes.isEmpty()) {
      return;
    }
    ArrayNode mounts = host.putArray("Mounts");
    volumes.forEach((source, place) -> {
      boolean readOnly = place.endsWith(READ_ONLY);
      String target =
          readOnly || place.endsWith(READ_WRITE)
              ? place.substring(0, place.length() - READ_ONLY.length())
              : place;
      boolean isPath = source.startsWith("/");
      if (!isPath && !NAME.matcher(source).matches()) {
        throw Arguments.wrong(
            "'volumes' has '"
                + source
                + "', which is neither an absolute path of the node nor a name of letters,"
                + " digits and _ . -");
      }
      if (!target.startsWith("/") || target.indexOf(':') >= 0 || target.indexOf('\0') >= 0) {
        throw Arguments.wrong(
            "'volumes' has '"
                + place
                + "', which is no absolute path of the container, alone or with :ro or :rw.");
      }
      mounts
          .addObject()
          .put("Type", isPath ? "bind" : "volume")
          .put("Source", source)
          .put("Target", target)
          .put("ReadOnly", readOnly);
    });
  }
}
