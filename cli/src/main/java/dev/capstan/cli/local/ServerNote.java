package dev.capstan.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A note in a data directory about the server that uses it, so that other commands in the same
 * folder find it.
 *
 * @param pid process of the server
 * @param http address of its HTTP API
 */
public record ServerNote(long pid, String http) {
  private static final String FILE = "server.json";

  /** Leaves the note. */
  public void write(Path data) throws IOException {
    String text =
        JsonText.pretty(JsonNodeFactory.instance.objectNode().put("pid", pid).put("http", http))
            + "\n";
    Path written = Files.writeString(data.resolve(FILE + ".new"), text);
    Files.move(written, data.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** The note of a server that is still there; null when there is none. */
  public static @Nullable ServerNote find(Path data) {
    Path file = data.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        return null;
      }
      JsonNode note = JsonText.parse(Files.readString(file), file.toString());
      long pid = note.path("pid").asLong();
      boolean alive = ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
      return alive && note.path("http").isTextual()
          ? new ServerNote(pid, note.path("http").textValue())
          : null;
    } catch (IOException | CliFailure e) {
      // Written by nobody who matters: the lock of the directory is what counts.
      return null;
    }
  }

  /** Takes the note away. */
  public static void remove(Path data) {
    try {
      Files.deleteIfExists(data.resolve(FILE));
    } catch (IOException e) {
      // The process that it names ends now, so nobody will believe it.
    }
  }
}
