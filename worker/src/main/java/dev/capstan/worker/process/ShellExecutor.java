package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs {@code run:shell} (DSL reference, Shell Process) as {@code sh -c command}. An array of
 * arguments is {@code $1}, {@code $2} and so on, as the specification has it since 1.0.3; an
 * object, its earlier form, is added to the end of the command, as {@code command --name value},
 * each word taken literally.
 */
public final class ShellExecutor implements Executor {

  private static final String SHELL = "sh";

  private final Launcher launcher;

  public ShellExecutor(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public List<String> kinds() {
    return Programs.find(SHELL, launcher.searchPath()).isPresent()
        ? List.of("run:shell")
        : List.of();
  }

  @Override
  public Outcome run(Attempt attempt) throws IOException, InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    Program program = Program.of(command(arguments), arguments);
    return launcher.run(attempt, program.awaited(), _ -> program);
  }

  private static List<String> command(Arguments arguments) {
    JsonNode extra = arguments.get("arguments");
    String text = arguments.text("command");
    List<String> command = new ArrayList<>(List.of(SHELL, "-c"));
    command.add(extra.isObject() && !extra.isEmpty() ? text.stripTrailing() + " \"$@\"" : text);
    command.add(SHELL);
    command.addAll(Program.words(extra));
    return command;
  }

  @Override
  public void close() {
    launcher.close();
  }
}
