package dev.capstan.dsl.check;

import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.model.CatalogEntry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks what calls name besides protocols: functions, here, in catalogs and at URIs. */
final class FunctionCheck {
  private static final String FORM = "a function of a catalog is called name:version@catalog";

  private final Findings findings;
  private final DeclaredNames names;

  FunctionCheck(Findings findings, DeclaredNames names) {
    this.findings = findings;
    this.names = names;
  }

  void call(String text, Path path) {
    if (names.has("functions", text)) {
      return;
    }
    if (CatalogEntry.isUri(text)) {
      uri(text, path);
    } else if (CatalogEntry.isMeant(text)) {
      cataloged(text, path);
    } else {
      undeclared(text, path);
    }
  }

  /** A function that has the name of a protocol could never be called. */
  void declaration(String name, Path path) {
    if (CallGrammar.protocolNames().contains(name)) {
      findings.error(
          DiagnosticCode.VALUE_NOT_ALLOWED,
          new Place.Key(path),
          "a function can't be called \"" + name + "\": call: " + name + " is a protocol",
          Words.names("protocols", CallGrammar.protocolNames()));
    }
  }

  private void uri(String text, Path path) {
    boolean http = text.startsWith("http://") || text.startsWith("https://");
    if (!http || !TextForms.isUri(text)) {
      wrong(
          path,
          "\"call\" must be the http or https URI of a function, but is \""
              + Words.shortened(text)
              + "\"",
          TextForms.uriHint(text));
    }
  }

  private void cataloged(String text, Path path) {
    CatalogEntry entry = CatalogEntry.parse(text);
    if (entry == null) {
      wrong(path, FORM + ", but this is \"" + Words.shortened(text) + "\"", example(text));
      return;
    }
    if (!TextForms.isVersion(entry.version())) {
      wrong(
          path,
          "the version of a function must be a semantic version such as 1.0.0, but is \""
              + Words.shortened(entry.version())
              + "\"",
          versionHint(entry));
    }
    if (!names.has("catalogs", entry.catalog())
        && !entry.catalog().equals(CatalogEntry.DEFAULT_CATALOG)) {
      unknownCatalog(entry, path);
    }
  }

  private void unknownCatalog(CatalogEntry entry, Path path) {
    List<String> known = new ArrayList<>(names.of("catalogs"));
    known.add(CatalogEntry.DEFAULT_CATALOG);
    findings.error(
        DiagnosticCode.UNKNOWN_CATALOG,
        new Place.Value(path),
        "there is no catalog \"" + Words.shortened(entry.catalog()) + "\" under use.catalogs",
        Words.hint("catalogs", known, entry.catalog()));
  }

  private void wrong(Path path, String message, @Nullable String hint) {
    findings.error(DiagnosticCode.WRONG_FORM, new Place.Value(path), message, hint);
  }

  /** A version was left out most often. */
  private static @Nullable String example(String text) {
    int at = text.indexOf('@');
    String name = text.substring(0, at);
    String catalog = text.substring(at + 1);
    return name.isEmpty() || catalog.isEmpty() || text.indexOf(':') >= 0
        ? null
        : "fix: add a version: " + Words.shortened(name + ":1.0.0@" + catalog);
  }

  private static @Nullable String versionHint(CatalogEntry entry) {
    String version = entry.version();
    String digits = version.startsWith("v") ? version.substring(1) : version;
    for (String guess : List.of(digits, digits + ".0", digits + ".0.0")) {
      if (TextForms.isVersion(guess)) {
        return "fix: " + Words.shortened(entry.name() + ":" + guess + "@" + entry.catalog());
      }
    }
    return null;
  }

  private void undeclared(String text, Path path) {
    List<String> callable = new ArrayList<>(names.of("functions"));
    callable.addAll(CallGrammar.protocolNames());
    String nearest = NearestName.among(callable, text);
    String message =
        "no function \"" + Words.shortened(text) + "\" is declared under use.functions";
    String hint =
        "a call is one of "
            + String.join(", ", CallGrammar.protocolNames())
            + ", a declared function, or name:version@catalog"
            + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?");
    if (nearest != null) {
      findings.error(DiagnosticCode.UNKNOWN_FUNCTION, new Place.Value(path), message, hint);
    } else {
      findings.warning(DiagnosticCode.UNKNOWN_FUNCTION, new Place.Value(path), message, hint);
    }
  }
}
