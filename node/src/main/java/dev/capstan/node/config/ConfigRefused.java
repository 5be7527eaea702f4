package dev.capstan.node.config;

import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.diagnostic.DiagnosticText;
import dev.capstan.node.env.StartupRefusal;
import java.util.ArrayList;
import java.util.List;

/** A configuration file that says something wrong; tells all of it at once. */
public final class ConfigRefused extends Exception {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final String text;
  private final transient List<Diagnostic> findings;

  ConfigRefused(String name, String text, List<Diagnostic> findings) {
    super(summary(name, findings));
    this.name = name;
    this.text = text;
    this.findings = List.copyOf(findings);
  }

  /** What is wrong, in the order of the text; at least one. */
  public List<Diagnostic> findings() {
    return findings;
  }

  /** For people: each finding with its line and a mark below it, as for definitions. */
  public String rendered() {
    return DiagnosticText.render(findings, name, text).stripTrailing();
  }

  /** The same for those who start a node from code. */
  public StartupRefusal asStartupRefusal() {
    return new StartupRefusal(
        StartupRefusal.Code.CONFIGURATION_INVALID,
        String.valueOf(getMessage()),
        "The node would run with other values than were meant",
        "correct " + name,
        this);
  }

  private static String summary(String name, List<Diagnostic> findings) {
    List<String> lines = new ArrayList<>();
    for (Diagnostic finding : findings) {
      lines.add(name + ":" + finding.line() + ":" + finding.column() + ": " + finding.message());
    }
    return String.join("\n", lines);
  }
}
