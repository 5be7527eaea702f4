package dev.capstan.verify.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A feature file: scenarios of steps, each with an optional text below it (the part of Gherkin that
 * the kit uses).
 */
record Feature(String name, List<Scenario> scenarios) {

  record Scenario(String name, List<Step> steps) {}

  /** A step without its keyword. */
  record Step(String text, @Nullable String document) {
    String requireDocument() {
      return Objects.requireNonNull(document, text);
    }
  }

  static Feature parse(String text) {
    String name = "";
    List<Scenario> scenarios = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    StringBuilder document = null;
    for (String line : text.lines().toList()) {
      String stripped = line.strip();
      if (stripped.startsWith("\"\"\"")) {
        if (document == null) {
          document = new StringBuilder();
        } else {
          Step step = steps.removeLast();
          steps.add(new Step(step.text(), document.toString().stripIndent()));
          document = null;
        }
      } else if (document != null) {
        document.append(line).append('\n');
      } else if (stripped.startsWith("Feature:")) {
        name = stripped.substring("Feature:".length()).strip();
      } else if (stripped.startsWith("Scenario:")) {
        steps = new ArrayList<>();
        scenarios.add(new Scenario(stripped.substring("Scenario:".length()).strip(), steps));
      } else if (stripped.matches("(Given|When|Then|And) .*")) {
        steps.add(new Step(stripped.substring(stripped.indexOf(' ') + 1), null));
      }
    }
    return new Feature(name, scenarios);
  }
}
