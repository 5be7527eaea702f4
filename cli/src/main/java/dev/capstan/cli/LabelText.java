package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.node.config.Labels;
import java.util.Map;

/** Labels on a command line. */
final class LabelText {
  private LabelText() {}

  /**
   * Checks what an option was given.
   *
   * @throws CliFailure if no node can have these labels
   */
  static void requireAll(String option, Map<String, String> labels) {
    labels.forEach((name, value) ->
        Labels.fault(name, value)
            .ifPresent(fault -> {
              throw CliFailure.misuse(
                  option + " has \"" + name + "=" + value + "\", which " + fault, Labels.ALLOWED);
            }));
    if (labels.size() > Labels.MOST) {
      throw CliFailure.misuse(
          option + " is given " + labels.size() + " times", "at most " + Labels.MOST + " labels");
    }
  }
}
