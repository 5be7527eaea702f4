package dev.capstan.worker.process;

import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.io.IOException;
import java.util.List;

/**
 * Runs {@code run:shell} (DSL reference, Shell Process) as {@code sh -c command}. An array of
 * arguments is {@code $1}, {@code $2} and so on, as the specification has it since 1.0.3; an
 * object, its earlier form, is added to the end of the command, as {@code command --name value},
 * each word taken literally.
 */
public final class ShellExecutor implements Executor {

  private final Launcher launcher;

  public ShellExecutor(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public List<String> kinds() {
    return Programs.find(Program.SHELL, launcher.searchPath()).isPresent()
        ? List.of("run:shell")
        : List.of();
  }

  @Override
  public Outcome run(Attempt attempt) throws IOException, InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    Program program = Program.of(Program.ofShell(arguments), arguments);
    return launcher.run(attempt, program.awaited(), _ -> program);
  }

  @Override
  public void close() {
    launcher.close();
  }
}
