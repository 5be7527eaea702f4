package dev.capstan.cli;

import dev.capstan.cli.live.DrawnStory;
import dev.capstan.cli.live.ExecutionSource;
import dev.capstan.cli.live.JLineScreen;
import dev.capstan.cli.live.LiveTree;
import dev.capstan.cli.live.SilentStory;
import dev.capstan.cli.live.Story;
import dev.capstan.cli.live.ToldStory;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.Started;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Task;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows an execution from its beginning to its end, and leaves in order when it is interrupted. */
final class Follower {
  private final Console console;
  private final ExecutionSource source;
  private final boolean quiet;
  private final @Nullable String resumeHint;
  private volatile boolean interrupted;

  /**
   * A follower.
   *
   * @param resumeHint command with which an execution goes on that stops when this process does;
   *     null when it goes on by itself
   */
  Follower(Console console, ExecutionSource source, boolean quiet, @Nullable String resumeHint) {
    this.console = console;
    this.source = source;
    this.quiet = quiet;
    this.resumeHint = resumeHint;
  }

  /** Starts an execution, or finds it, follows it, and shows its result. Answers the exit code. */
  int run(StartRequest request, Definition definition, boolean asJson, @Nullable Duration limit)
      throws InterruptedException {
    Started answer = source.start(request);
    Execution started = answer.execution();
    if (answer.replayed() && started.hasEnded() && started.continuedAs() == null) {
      if (!quiet) {
        console.talk("execution " + started.id() + " has ended before; this is its result");
      }
      return RunOutcome.show(console, started, asJson);
    }
    if (answer.replayed() && !quiet) {
      console.talk("execution " + started.id() + " goes on where it was");
    }
    Set<String> listening =
        DefinitionFile.tasks(definition).stream()
            .filter(task -> task instanceof Task.Listen || task instanceof Task.Subscribe)
            .map(task -> task.header().reference())
            .collect(Collectors.toSet());
    return follow(started.id(), definition.document().name(), listening::contains, asJson, limit);
  }

  /**
   * Follows an execution, and those that it goes on as, and shows the result of the last one.
   * Answers the exit code.
   */
  int follow(
      String id, String name, Predicate<String> waits, boolean asJson, @Nullable Duration limit)
      throws InterruptedException {
    long end = System.nanoTime() + (limit == null ? 0 : limit.toNanos());
    String each = id;
    Duration left = limit;
    while (true) {
      Followed followed = followOne(each, name, waits, asJson, left);
      if (followed.next() == null) {
        return followed.exitCode();
      }
      each = followed.next();
      left = limit == null ? null : Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }
  }

  /** How following one execution ended; {@code next} is the one that it goes on as. */
  private record Followed(int exitCode, @Nullable String next) {}

  private Followed followOne(
      String id, String name, Predicate<String> waits, boolean asJson, @Nullable Duration limit)
      throws InterruptedException {
    Story story = story(id, name, waits);
    Thread onInterrupt = new Thread(() -> interrupted(id, story), "capstan-interrupt");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try {
      CompletableFuture<Execution> end = source.follow(id, story);
      Execution ended = limit == null ? end.get() : end.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      story.end(ended);
      story.close();
      String next = ended.continuedAs();
      if (next == null) {
        return new Followed(RunOutcome.show(console, ended, asJson), null);
      }
      if (!quiet) {
        console.talk("execution " + id + " goes on as " + next);
      }
      return new Followed(ExitCode.OK, next);
    } catch (TimeoutException e) {
      story.close();
      console.talk(
          "still running after "
              + Times.show(limit == null ? Duration.ZERO : limit)
              + ": "
              + goesOn(id));
      return new Followed(ExitCode.STILL_RUNNING, null);
    } catch (ExecutionException e) {
      if (interrupted) {
        // What failed is what the interrupt has closed.
        return new Followed(ExitCode.INTERRUPTED, null);
      }
      throw e.getCause() instanceof CapstanException failure
          ? failure
          : new CompletionException(e.getCause());
    } catch (CancellationException e) {
      return new Followed(ExitCode.INTERRUPTED, null);
    } finally {
      story.close();
      release(onInterrupt);
    }
  }

  private static void release(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process ends already, and the hook does its work.
    }
  }

  private Story story(String id, String name, Predicate<String> waits) {
    if (quiet) {
      return new SilentStory();
    }
    if (!console.errIsTerminal()) {
      console.talk("execution " + id + " of " + name);
      return new ToldStory(console);
    }
    LiveTree tree = new LiveTree(name, id, waits);
    return new DrawnStory(tree, JLineScreen.open(console), console.unicode(), console.colourErr());
  }

  private void interrupted(String id, Story story) {
    interrupted = true;
    story.close();
    console.talk("stopped: " + goesOn(id));
    source.close();
  }

  private String goesOn(String id) {
    return resumeHint == null
        ? "execution " + id + " goes on; look at it with: capstan watch " + id
        : "nothing is lost; it goes on with: " + resumeHint;
  }
}
