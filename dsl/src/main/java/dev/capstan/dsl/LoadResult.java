package dev.capstan.dsl;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.model.Definition;
import java.util.List;

/** What became of a text that should be a definition. */
public sealed interface LoadResult {

  /** It is one; {@code warnings} are in the order of the text. */
  record Loaded(Definition definition, List<Diagnostic> warnings) implements LoadResult {
    public Loaded {
      warnings = List.copyOf(warnings);
    }
  }

  /** It is none; at least one of {@code diagnostics} is an error. In the order of the text. */
  record Rejected(List<Diagnostic> diagnostics) implements LoadResult {
    public Rejected {
      diagnostics = List.copyOf(diagnostics);
    }
  }
}
