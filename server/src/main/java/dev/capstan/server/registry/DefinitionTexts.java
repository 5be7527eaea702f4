package dev.capstan.server.registry;

import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts to definitions for those who send them. Keeps the last few, so that one-off runs of the
 * same text compile it once. Safe for any thread.
 */
public final class DefinitionTexts {
  private final DefinitionLoader loader;
  private final int limitBytes;
  private final Map<String, Compiled> recent;

  /**
   * @param limitBytes the longest text
   * @param kept how many compiled texts are kept
   */
  public DefinitionTexts(DefinitionLoader loader, int limitBytes, int kept) {
    this.loader = loader;
    this.limitBytes = limitBytes;
    this.recent =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Compiled> eldest) {
            return size() > kept;
          }
        };
  }

  /** A definition, its text and what to say about it. */
  public record Compiled(Definition definition, String text, List<Refusal.Detail> warnings) {}

  /**
   * Compiles a text.
   *
   * @param source what the text is called in diagnostics; {@code .json} at its end wants JSON
   * @throws Refusal with all faults if it is no definition
   */
  public Compiled compile(String text, String source) {
    if (text.length() > limitBytes || text.getBytes(StandardCharsets.UTF_8).length > limitBytes) {
      throw new Refusal(
          Refusal.Code.PAYLOAD_TOO_LARGE,
          "The definition is longer than " + limitBytes + " bytes",
          "Move data out of the definition, or split it into several that call each other with run: workflow");
    }
    Compiled known = cached(text);
    if (known != null) {
      return known;
    }
    return switch (loader.load(text, source)) {
      case LoadResult.Loaded loaded -> {
        Compiled compiled = new Compiled(loaded.definition(), text, details(loaded.warnings()));
        synchronized (recent) {
          recent.put(text, compiled);
        }
        yield compiled;
      }
      case LoadResult.Rejected rejected -> throw rejected(source, rejected.diagnostics());
    };
  }

  private @Nullable Compiled cached(String text) {
    synchronized (recent) {
      return recent.get(text);
    }
  }

  private static Refusal rejected(String source, List<Diagnostic> diagnostics) {
    long errors = diagnostics.stream().filter(Diagnostic::isError).count();
    return new Refusal(
        Refusal.Code.INVALID_DEFINITION,
        source + " is no valid definition: " + errors + (errors == 1 ? " error" : " errors"),
        null,
        null,
        details(diagnostics));
  }

  private static List<Refusal.Detail> details(List<Diagnostic> diagnostics) {
    return diagnostics.stream()
        .map(found ->
            new Refusal.Detail(
                found.code(),
                found.pointer(),
                found.line(),
                found.column(),
                found.message(),
                found.hint()))
        .toList();
  }
}
