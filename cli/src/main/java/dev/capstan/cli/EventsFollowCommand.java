package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.live.LifecycleLine;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.LifecycleFilter;
import dev.capstan.client.LifecycleWatch;
import dev.capstan.client.LifecycleWatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "follow",
    description = {
      "Shows life-cycle events of executions and tasks as they happen, until Ctrl-C.",
      "With -o json, one cloud event a line."
    })
final class EventsFollowCommand extends RemoteCommand {
  @Option(names = "--namespace", description = "Only of workflows of this namespace.")
  @Nullable String namespace;

  @Option(
      names = "--workflow",
      paramLabel = "NAME",
      description = "Only of workflows of this name.")
  @Nullable String workflow;

  @Option(names = "--execution", paramLabel = "ID", description = "Only of this execution.")
  @Nullable String execution;

  @Option(
      names = "--type",
      split = ",",
      paramLabel = "TYPE",
      description =
          "Only such events, such as task.faulted, or workflow for all whose type begins so; several"
              + " with commas.")
  List<String> types = new ArrayList<>();

  @Option(
      names = "--status-changed",
      description = "With the optional events for every change of a status phase.")
  boolean statusChanged;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Ends after so many events; never without it.")
  @Nullable Integer limit;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "Ends after so long, such as 30s.")
  @Nullable String timeout;

  EventsFollowCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws InterruptedException {
    if (limit != null && limit < 1) {
      throw CliFailure.misuse("--limit is " + limit, "it must be at least 1");
    }
    Duration within = timeout == null ? null : Times.parse(timeout);
    Shown shown = new Shown();
    try (LifecycleWatch watch =
        LifecycleWatch.open(
            client, new LifecycleFilter(namespace, workflow, statusChanged), shown)) {
      var _ = watch.end().whenComplete((_, _) -> shown.over.countDown());
      if (within == null) {
        shown.over.await();
      } else {
        boolean _ = shown.over.await(within.toNanos(), TimeUnit.NANOSECONDS);
      }
      // Only a watch that can't go on has ended here.
      watch.end().get(0, TimeUnit.NANOSECONDS);
    } catch (TimeoutException asked) {
      return ExitCode.OK;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof CapstanException failure
          ? failure
          : new CompletionException(e.getCause());
    }
    return ExitCode.OK;
  }

  /** Prints what is asked for. Called by one thread. */
  private final class Shown implements LifecycleWatcher {
    private final CountDownLatch over = new CountDownLatch(1);
    private int count;
    private boolean broken;

    @Override
    public void event(JsonNode event) {
      if (over.getCount() == 0 || !isAskedFor(event)) {
        return;
      }
      console.data(wantsJson() ? event.toString() : LifecycleLine.of(event));
      count++;
      if (limit != null && count >= limit) {
        over.countDown();
      }
    }

    @Override
    public void following() {
      console.talk(broken ? "(following again)" : "following " + what() + "; Ctrl-C ends it");
      broken = false;
    }

    @Override
    public void reconnecting(CapstanException reason) {
      if (!broken) {
        console.talk(
            "(reconnecting, and what happens meanwhile is only in the histories: "
                + reason.getMessage()
                + ")");
      }
      broken = true;
    }
  }

  private String what() {
    String all = namespace == null ? "all namespaces" : "namespace " + namespace;
    return "life-cycle events of " + (workflow == null ? all : "workflow " + workflow + ", " + all);
  }

  private boolean isAskedFor(JsonNode event) {
    String type = LifecycleLine.type(event);
    boolean typed =
        types.isEmpty()
            || types.stream()
                .anyMatch(wanted -> type.equals(wanted) || type.startsWith(wanted + "."));
    return typed && (execution == null || execution.equals(event.path("subject").asText()));
  }
}
