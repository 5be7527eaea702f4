package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import dev.capstan.node.env.StartupRefusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the configuration file of a node: YAML (or JSON) under {@code distributed_workflow_engine}.
 * Everything may be left out, and nothing may be added. Stateless.
 */
public final class ConfigFile {
  private static final SourceLimits LIMITS = new SourceLimits(1 << 18, 20, 10_000, 40);
  private static final Set<DiagnosticCode> TOO_MUCH =
      EnumSet.of(
          DiagnosticCode.TEXT_TOO_LARGE,
          DiagnosticCode.TEXT_TOO_DEEP,
          DiagnosticCode.TOO_MANY_VALUES,
          DiagnosticCode.SEVERAL_DOCUMENTS);

  private ConfigFile() {}

  /**
   * Reads a file.
   *
   * @param seeds what the command line adds to the file's own
   * @throws StartupRefusal if it can't be read
   * @throws ConfigRefused if anything in it is wrong
   */
  public static NodeConfig read(Path file, List<HostPort> seeds) throws ConfigRefused {
    String text;
    try (InputStream in = Files.newInputStream(file)) {
      text = new String(in.readNBytes(LIMITS.bytes() + 1), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new StartupRefusal(
          StartupRefusal.Code.CONFIGURATION_INVALID,
          "The configuration " + file + " can't be read: " + StartupRefusal.reason(e),
          "Without it the node would start with other values than were meant",
          "name a file that this user can read, or start without one",
          e);
    }
    return parse(text, file.toString(), seeds);
  }

  static NodeConfig parse(String text, String name) throws ConfigRefused {
    return parse(text, name, List.of());
  }

  /**
   * Reads a text.
   *
   * @param name what messages call it; one that ends with {@code .json} wants JSON
   * @param seeds what the command line adds to the text's own
   * @throws ConfigRefused with everything that is wrong with it
   */
  static NodeConfig parse(String text, String name, List<HostPort> seeds) throws ConfigRefused {
    SourceDocument document;
    try {
      document = SourceReader.read(text, name, LIMITS);
    } catch (SourceException e) {
      if (e.code() == DiagnosticCode.EMPTY_TEXT) {
        return NodeConfig.ofDefaults().withSeeds(seeds);
      }
      throw new ConfigRefused(name, text, List.of(diagnostic(e)));
    }
    Faults faults = new Faults(document);
    Values values = new Values();
    root(document.root(), values, faults);
    Contradictions.find(values, !seeds.isEmpty(), faults);
    AbsentInterfaces.find(document.root(), values, faults);
    if (!faults.all().isEmpty()) {
      throw new ConfigRefused(name, document.text(), faults.all());
    }
    return values.config().withSeeds(seeds);
  }

  private static Diagnostic diagnostic(SourceException e) {
    String hint =
        TOO_MUCH.contains(e.code())
            ? "a configuration is one small document with the root " + Keys.ROOT
            : e.hint();
    return new Diagnostic(
        e.code().code(),
        Severity.ERROR,
        e.message(),
        "",
        e.position().line(),
        e.position().column(),
        hint);
  }

  private static void root(JsonNode root, Values values, Faults faults) {
    if (isMap(root, "", "the file", faults)) {
      for (Map.Entry<String, JsonNode> member : root.properties()) {
        String name = member.getKey();
        if (name.equals(Keys.ROOT)) {
          sections(member.getValue(), values, faults);
        } else {
          String indent =
              Keys.sections().contains(name) ? "\nfix: indent it under " + Keys.ROOT + ":" : "";
          unknown("", name, "the file", List.of(Keys.ROOT), indent, faults);
        }
      }
    }
  }

  private static void sections(JsonNode sections, Values values, Faults faults) {
    String pointer = "/" + Keys.ROOT;
    if (!isMap(sections, pointer, Keys.ROOT, faults)) {
      return;
    }
    for (Map.Entry<String, JsonNode> section : sections.properties()) {
      String name = section.getKey();
      if (Keys.sections().contains(name)) {
        section(name, section.getValue(), values, faults);
      } else {
        unknown(pointer, name, Keys.ROOT, Keys.sections(), elsewhere(name), faults);
      }
    }
  }

  private static void section(String section, JsonNode keys, Values values, Faults faults) {
    String pointer = "/" + Keys.ROOT + "/" + section;
    if (!isMap(keys, pointer, section, faults)) {
      return;
    }
    List<Key<?>> known = Keys.of(section);
    for (Map.Entry<String, JsonNode> member : keys.properties()) {
      String name = member.getKey();
      known.stream()
          .filter(key -> key.name().equals(name))
          .findFirst()
          .ifPresentOrElse(
              key -> value(key, member.getValue(), values, faults),
              () ->
                  unknown(
                      pointer,
                      name,
                      section,
                      known.stream().map(Key::name).toList(),
                      elsewhere(name),
                      faults));
    }
  }

  private static <T> void value(Key<T> key, JsonNode value, Values values, Faults faults) {
    String name = Faults.quoted(key.name());
    if (value.isNull()) {
      values.putUnreadable(key);
      faults.value(
          key.pointer(),
          name + " has no value",
          "allowed: " + key.form().allowed() + "\nfix: remove the key to take the default");
      return;
    }
    key.form()
        .reader()
        .read(value, new Spot(faults, key.pointer(), name))
        .ifPresentOrElse(read -> values.put(key, read), () -> values.putUnreadable(key));
  }

  /** Whether there is a map to look into; nothing at all is one without keys. */
  private static boolean isMap(JsonNode value, String pointer, String name, Faults faults) {
    if (!value.isObject() && !value.isNull()) {
      faults.value(
          pointer,
          name + " must be a map, but is " + Faults.shown(value),
          "fix: write its keys below it, indented, each with a colon");
    }
    return value.isObject();
  }

  private static void unknown(
      String pointer,
      String name,
      String place,
      List<String> allowed,
      String advice,
      Faults faults) {
    String nearest = NearestName.among(allowed, name);
    String hint =
        "allowed here: "
            + String.join(", ", allowed)
            + (nearest == null ? advice : "\nfix: did you mean \"" + nearest + "\"?");
    String step = name.replace("~", "~0").replace("/", "~1");
    faults.unknownKey(
        pointer + "/" + step, "unknown key " + Faults.quoted(name) + " in " + place, hint);
  }

  /** Where a key that is unknown here is known. */
  private static String elsewhere(String name) {
    List<String> sections =
        Keys.ALL.stream().filter(key -> key.name().equals(name)).map(Key::section).toList();
    return sections.isEmpty() ? "" : "\nfix: it belongs to " + String.join(" or ", sections);
  }
}
