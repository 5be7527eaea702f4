package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs. Each has a directory of its own to work in, an environment of the few plain
 * variables of the node, the attempt's, and the definition's, and standard input from a file: a
 * program may read it at once or never, neither blocks.
 *
 * <p>When the program has ended, or the attempt is cancelled, everything it has started is ended,
 * too, before the attempt is.
 */
public final class Launcher implements AutoCloseable {

  /** Makes the program to run, and the files it needs in the given directory. */
  interface Preparation {
    Program prepare(Path directory) throws IOException, InterruptedException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

  /** For the rest of a stream to be read after its program has ended. */
  private static final Duration REST = Duration.ofSeconds(1);

  private final Limits limits;
  private final List<String> inheritedEnvironment;
  private final Background background;

  /** A launcher whose programs inherit these variables of the worker's own environment. */
  public Launcher(Limits limits, List<String> inheritedEnvironment, Workspaces workspaces) {
    this.limits = limits;
    this.inheritedEnvironment = inheritedEnvironment;
    this.background = new Background(limits, workspaces);
  }

  /** The path on which programs are searched. */
  String searchPath() {
    String path = System.getenv("PATH");
    return path == null ? "" : path;
  }

  Outcome run(Attempt attempt, boolean awaited, Preparation preparation)
      throws IOException, InterruptedException {
    if (!awaited) {
      background.start(directory -> started(attempt, preparation, directory, Redirect.DISCARD));
      return new Outcome.Completed(NullNode.getInstance());
    }
    Running running = started(attempt, preparation, attempt.directory(), Redirect.PIPE);
    return await(attempt, running);
  }

  /** A program that was started. */
  record Running(Program program, Process process, ProcessTree tree) {}

  private Running started(Attempt attempt, Preparation preparation, Path directory, Redirect output)
      throws IOException, InterruptedException {
    Path work = Files.createDirectory(directory.resolve("work"));
    Program program = preparation.prepare(directory);
    Path stdin = Files.writeString(directory.resolve("stdin"), program.stdin());
    ProcessBuilder builder =
        new ProcessBuilder(program.command())
            .directory(work.toFile())
            .redirectInput(stdin.toFile())
            .redirectOutput(output)
            .redirectError(output);
    return started(attempt, program, builder);
  }

  /**
   * Starts a program to speak with, in the attempt's directory. The caller closes it.
   *
   * @param arguments {@code command}, a program; {@code arguments} and {@code environment}
   * @throws TaskFault of type {@code configuration} when the arguments can't be used, {@code
   *     runtime} when the program can't be started
   */
  public Dialog converse(Attempt attempt, Arguments arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(arguments.text("command")));
    command.addAll(Program.words(arguments.get("arguments")));
    Program program = Program.of(command, arguments);
    Path work = Files.createDirectory(attempt.directory().resolve("work"));
    ProcessBuilder builder = new ProcessBuilder(program.command()).directory(work.toFile());
    return new Dialog(attempt, started(attempt, program, builder), limits);
  }

  private Running started(Attempt attempt, Program program, ProcessBuilder builder) {
    environment(builder.environment(), attempt, program);
    try {
      ProcessTree.Started started = ProcessTree.start(builder);
      return new Running(program, started.process(), started.tree());
    } catch (IOException e) {
      LOG.debug("A program could not be started", e);
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Program not started", "'" + program.command().getFirst() + "': " + e.getMessage()));
    }
  }

  private void environment(Map<String, String> environment, Attempt attempt, Program program) {
    environment.keySet().retainAll(inheritedEnvironment);
    environment.putAll(program.environment(attempt));
  }

  private Outcome await(Attempt attempt, Running running) throws InterruptedException {
    ProgramOutput output = new ProgramOutput(attempt, running.program().returned(), limits);
    Pump out = pump(running, Attempt.Stream.STDOUT, output);
    Pump err = pump(running, Attempt.Stream.STDERR, output);
    try {
      int exitCode = running.process().waitFor();
      running.tree().end(limits.killGrace());
      out.await(REST);
      err.await(REST);
      return output.outcome(exitCode);
    } catch (InterruptedException cancelled) {
      running.tree().end(limits.killGrace());
      throw cancelled;
    }
  }

  private static Pump pump(Running running, Attempt.Stream stream, ProgramOutput output) {
    Process process = running.process();
    return Pump.start(
        stream == Attempt.Stream.STDOUT ? process.getInputStream() : process.getErrorStream(),
        (bytes, length) -> {
          if (!output.take(stream, bytes, length)) {
            boolean _ = process.toHandle().destroyForcibly();
          }
        },
        "capstan-" + stream + "-" + process.pid());
  }

  @Override
  public void close() {
    background.close();
  }
}
