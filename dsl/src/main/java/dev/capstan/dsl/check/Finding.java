package dev.capstan.dsl.check;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.source.Position;
import dev.capstan.dsl.source.SourceDocument;
import org.jspecify.annotations.Nullable;

/** Something that was found, with its place still as a path. */
record Finding(
    DiagnosticCode code, Severity severity, Place place, String message, @Nullable String hint) {

  /** What of a value is meant. */
  sealed interface Place {
    Path path();

    /** Its key. */
    record Key(Path path) implements Place {}

    /** Itself. */
    record Value(Path path) implements Place {}

    /** A character of a text. */
    record Inside(Path path, String text, int offset) implements Place {}
  }

  Diagnostic locate(SourceDocument document) {
    String pointer = place.path().toString();
    Position position =
        switch (place) {
          case Place.Key key -> document.keyPositionOf(pointer);
          case Place.Value value -> document.positionOf(pointer);
          case Place.Inside inside ->
              document.positionInside(pointer, inside.text(), inside.offset());
        };
    return new Diagnostic(
        code.code(), severity, message, pointer, position.line(), position.column(), hint);
  }
}
