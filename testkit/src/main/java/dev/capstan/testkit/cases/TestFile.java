package dev.capstan.testkit.cases;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.Severity;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A file of cases, checked, with the workflow that they are about. Immutable. */
public final class TestFile {
  private static final List<String> KEYS = List.of("workflow", "others", "cases");

  private final String name;
  private final List<TestCase> cases;

  private TestFile(String name, List<TestCase> cases) {
    this.name = name;
    this.cases = List.copyOf(cases);
  }

  /**
   * Reads and checks a test file and the workflows that it names, whose paths begin in its folder.
   *
   * @throws TestFileException if one of them is not valid
   * @throws IOException if the test file can't be read
   */
  public static TestFile read(Path file) throws IOException, TestFileException {
    return read(file, file.toString());
  }

  /** As {@link #read(Path)}, with the name that diagnostics are to show. */
  public static TestFile read(Path file, String name) throws IOException, TestFileException {
    String text = Files.readString(file);
    try {
      SourceDocument document = SourceReader.read(text, name, SourceLimits.DEFAULT);
      Findings findings = new Findings(document);
      Reading reading = new Reading(file, findings);
      List<TestCase> cases = reading.cases(document.root());
      if (!findings.all().isEmpty()) {
        throw new TestFileException(name, text, findings.all());
      }
      return new TestFile(name, cases);
    } catch (SourceException e) {
      Diagnostic diagnostic =
          new Diagnostic(
              e.code().code(),
              Severity.ERROR,
              e.message(),
              "",
              e.position().line(),
              e.position().column(),
              e.hint());
      throw new TestFileException(name, text, List.of(diagnostic));
    }
  }

  /** What it is called in diagnostics. */
  public String name() {
    return name;
  }

  /** Its cases, in its order; at least one. */
  public List<TestCase> cases() {
    return cases;
  }

  /** One reading of a file that is YAML or JSON. */
  private record Reading(Path file, Findings findings) {

    List<TestCase> cases(JsonNode root) throws IOException, TestFileException {
      Section whole = Section.of(findings, root, "", "a test file", KEYS);
      whole.requires("workflow", "a test file");
      whole.requires("cases", "a test file");
      List<JsonNode> list = whole.list("cases");
      if (list != null && list.isEmpty()) {
        findings.value(DiagnosticCode.TOO_FEW, "/cases", "\"cases\" is empty", null);
      }
      String tested = whole.text("workflow");
      List<String> others = whole.texts("others");
      if (list == null || tested == null || !findings.all().isEmpty()) {
        return List.of();
      }
      List<Definition> definitions = new ArrayList<>();
      definition(tested, "/workflow", definitions);
      for (int i = 0; others != null && i < others.size(); i++) {
        definition(others.get(i), "/others/" + i, definitions);
      }
      return definitions.isEmpty() || !findings.all().isEmpty()
          ? List.of()
          : cases(
              list,
              new Workflows(definitions.getFirst(), definitions.subList(1, definitions.size())));
    }

    private List<TestCase> cases(List<JsonNode> list, Workflows workflows) {
      CaseReader reader = new CaseReader(findings, workflows);
      List<TestCase> cases = new ArrayList<>();
      Set<String> names = new LinkedHashSet<>();
      for (int i = 0; i < list.size(); i++) {
        TestCase read = reader.read(list.get(i), "/cases/" + i);
        if (!names.add(read.name())) {
          findings.value(
              DiagnosticCode.VALUE_NOT_ALLOWED,
              "/cases/" + i + "/name",
              "two cases are called \"" + read.name() + "\"",
              "reports tell cases by their names");
        }
        cases.add(read);
      }
      return cases;
    }

    private void definition(String name, String pointer, List<Definition> definitions)
        throws IOException, TestFileException {
      Path path = file.resolveSibling(name);
      if (!Files.isRegularFile(path)) {
        findings.value(
            DiagnosticCode.RESOURCE_REFUSED,
            pointer,
            "there is no file " + name,
            "the path is taken from the folder of the test file");
        return;
      }
      String text = Files.readString(path);
      switch (new DefinitionLoader().load(text, name)) {
        case LoadResult.Loaded loaded -> definitions.add(loaded.definition());
        case LoadResult.Rejected rejected ->
            throw new TestFileException(name, text, rejected.diagnostics());
      }
    }
  }
}
