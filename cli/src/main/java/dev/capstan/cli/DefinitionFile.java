package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticText;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A definition in a file, checked. */
record DefinitionFile(String name, String text, LoadResult result) {

  static DefinitionFile read(Console console, String name) throws IOException {
    String text = InputText.file(console, name);
    return new DefinitionFile(name, text, new DefinitionLoader().load(text, name));
  }

  List<Diagnostic> diagnostics() {
    return switch (result) {
      case LoadResult.Loaded loaded -> loaded.warnings();
      case LoadResult.Rejected rejected -> rejected.diagnostics();
    };
  }

  boolean isValid() {
    return result instanceof LoadResult.Loaded;
  }

  /** The diagnostics for people. */
  String rendered() {
    String rendered = DiagnosticText.render(diagnostics(), name, text).stripTrailing();
    return holdsCases()
        ? rendered + "\n\n  = fix: " + name + " looks like a test file: capstan test " + name
        : rendered;
  }

  private boolean holdsCases() {
    return !isValid()
        && text.lines().anyMatch(line -> line.startsWith("workflow:"))
        && text.lines().anyMatch(line -> line.startsWith("cases:"));
  }

  /**
   * The definition, its warnings printed as talk.
   *
   * @throws CliFailure when it is none; its diagnostics are printed before
   */
  Definition require(Console console) {
    if (!diagnostics().isEmpty()) {
      console.talk(rendered());
    }
    return switch (result) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected -> {
        long errors = rejected.diagnostics().stream().filter(Diagnostic::isError).count();
        throw CliFailure.misuse(
            name + " is not a valid definition: " + errors + (errors == 1 ? " error" : " errors"),
            null);
      }
    };
  }

  /** All tasks of a definition, those inside of others too. */
  static List<Task> tasks(Definition definition) {
    List<Task> all = new ArrayList<>();
    collect(definition.tasks(), all);
    return all;
  }

  private static void collect(TaskList list, List<Task> all) {
    for (Task task : list.tasks()) {
      all.add(task);
      task.writtenLists().forEach(inner -> collect(inner, all));
    }
  }
}
