package dev.capstan.cli;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that asks something of executions. */
abstract class ControlCommand extends RemoteCommand {
  @Parameters(arity = "1..*", paramLabel = "ID", description = "Ids of executions.")
  List<String> ids = new ArrayList<>();

  ControlCommand(Console console) {
    super(console);
  }

  abstract CompletableFuture<Execution> change(CapstanClient client, String id);

  @Override
  int ask(CapstanClient client) {
    List<Execution> changed = new ArrayList<>();
    for (String id : ids) {
      Execution execution = CapstanClient.await(change(client, id));
      changed.add(execution);
      if (!wantsJson()) {
        console.data(execution.id() + "  " + execution.status());
      }
    }
    if (wantsJson()) {
      json(changed);
    }
    return ExitCode.OK;
  }

  @picocli.CommandLine.Command(
      name = "cancel",
      description = "Ends executions; what they run is stopped.")
  static final class Cancel extends ControlCommand {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Goes into history and audit.")
    @Nullable String reason;

    Cancel(Console console) {
      super(console);
    }

    @Override
    CompletableFuture<Execution> change(CapstanClient client, String id) {
      return client.cancel(id, reason);
    }
  }

  @picocli.CommandLine.Command(
      name = "suspend",
      description = "Lets nothing new start in executions until they are resumed.")
  static final class Suspend extends ControlCommand {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Goes into history and audit.")
    @Nullable String reason;

    Suspend(Console console) {
      super(console);
    }

    @Override
    CompletableFuture<Execution> change(CapstanClient client, String id) {
      return client.suspend(id, reason);
    }
  }

  @picocli.CommandLine.Command(name = "resume", description = "Lets suspended executions go on.")
  static final class Resume extends ControlCommand {
    Resume(Console console) {
      super(console);
    }

    @Override
    CompletableFuture<Execution> change(CapstanClient client, String id) {
      return client.resume(id);
    }
  }

  @picocli.CommandLine.Command(
      name = "retry",
      description = "Lets faulted executions go on with the tasks that faulted.")
  static final class Retry extends ControlCommand {
    Retry(Console console) {
      super(console);
    }

    @Override
    CompletableFuture<Execution> change(CapstanClient client, String id) {
      return client.retry(id);
    }
  }
}
