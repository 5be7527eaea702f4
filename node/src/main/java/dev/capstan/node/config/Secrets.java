package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import dev.capstan.node.env.StartupRefusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Secrets by name: from a file, a YAML map of names and values of any shape, and from environment
 * variables {@code CAPSTAN_SECRET_<NAME>}, whose names are taken as they are and which win. Never
 * printed.
 */
public final class Secrets implements SecretSource {
  private static final String PREFIX = "CAPSTAN_SECRET_";

  private final Map<String, JsonNode> values;

  private Secrets(Map<String, JsonNode> values) {
    this.values = values;
  }

  /**
   * Reads them.
   *
   * @param environment all variables of the process
   * @throws StartupRefusal if the file can't be read or is no map
   */
  public static Secrets load(@Nullable Path file, Map<String, String> environment) {
    Map<String, JsonNode> values = new TreeMap<>();
    if (file != null) {
      read(file).properties().forEach(secret -> values.put(secret.getKey(), secret.getValue()));
    }
    environment.forEach((name, value) -> {
      if (name.startsWith(PREFIX) && name.length() > PREFIX.length()) {
        values.put(name.substring(PREFIX.length()), TextNode.valueOf(value));
      }
    });
    return new Secrets(values);
  }

  private static JsonNode read(Path file) {
    try {
      String text = Files.readString(file);
      if (text.isBlank()) {
        return JsonNodeFactory.instance.objectNode();
      }
      JsonNode root = SourceReader.read(text, file.toString(), SourceLimits.DEFAULT).root();
      if (root.isObject()) {
        return root;
      }
      throw refused(file, "it is no map", null);
    } catch (SourceException e) {
      // The parser's message may quote the text, which is secret.
      throw refused(file, "line " + e.position().line() + " is no YAML", null);
    } catch (IOException e) {
      throw refused(file, StartupRefusal.reason(e), e);
    }
  }

  private static StartupRefusal refused(Path file, String why, @Nullable IOException cause) {
    return new StartupRefusal(
        StartupRefusal.Code.SECRETS_UNREADABLE,
        "The file of secrets " + file + " can't be used: " + why,
        "Workflows that need a secret would fail one by one",
        "make it a YAML map such as NAME: value, readable by this user, or start without it",
        cause);
  }

  @Override
  public @Nullable JsonNode get(String name) {
    return values.get(name);
  }

  /** All values, so that they can be hidden where they are shown. */
  public Collection<JsonNode> values() {
    return values.values();
  }

  @Override
  public String toString() {
    return values.size() + " secrets";
  }
}
