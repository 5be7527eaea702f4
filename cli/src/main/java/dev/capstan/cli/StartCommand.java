package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.Times;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "start",
    description = "Starts an execution of a deployed workflow and prints its id.")
final class StartCommand extends RemoteCommand {
  @Parameters(
      paramLabel = "NAME",
      description = "[namespace/]name[@version]; without a version the latest.")
  String name = "";

  @Option(
      names = {"-n", "--namespace"},
      description = "Namespace of a NAME without one; default without it.")
  @Nullable String namespace;

  @Option(
      names = {"-i", "--input"},
      paramLabel = "JSON|@FILE|-",
      description = "Input; an empty object without it.")
  @Nullable String input;

  @Option(names = "--id", description = "Id of the execution; the engine makes one without it.")
  @Nullable String id;

  @Option(names = "--key", description = "Idempotency key: the same key starts one execution only.")
  @Nullable String key;

  @Option(
      names = {"-l", "--label"},
      paramLabel = "NAME=VALUE",
      description = "A label to find it by; may be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "Times out at this moment, such as 2026-11-22T10:15:30Z.")
  @Nullable String deadline;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      description = "Waits for its end, at most so long, such as 30s.")
  @Nullable String wait;

  StartCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    StartRequest request =
        StartRequest.of(workflow(name, namespace))
            .withInput(InputText.json(console, input, "--input"))
            .withId(id)
            .withLabels(labels)
            .withDeadline(Times.moment(deadline, "--deadline"));
    if (key != null) {
      request = request.withIdempotencyKey(key);
    }
    Duration atMost = wait == null ? Duration.ZERO : Times.parse(wait);
    Execution execution = CapstanClient.await(client.start(request, atMost));
    if (wantsJson()) {
      json(execution);
    } else {
      console.data(execution.id());
    }
    return wait == null ? 0 : RunOutcome.exitCode(execution);
  }

  static WorkflowName workflow(String text, @Nullable String namespace) {
    if (namespace != null && text.indexOf('/') >= 0) {
      throw CliFailure.misuse(
          "\"" + text + "\" has a namespace already",
          "leave out --namespace, or give it the name alone");
    }
    try {
      return WorkflowName.parse(namespace == null ? text : namespace + "/" + text);
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(
          String.valueOf(e.getMessage()), "such as order, shop/order or shop/order@1.0.0");
    }
  }
}
