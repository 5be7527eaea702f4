package dev.capstan.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Outcome;
import java.io.IOException;
import java.util.List;

/**
 * Completes at once with the output it is given. A session runs it on the thread that received it,
 * without a slot.
 */
final class Noop implements Executor {

  static final String KIND = "capstan:noop";

  private static final Outcome NOTHING = new Outcome.Completed(NullNode.getInstance());

  @Override
  public List<String> kinds() {
    return List.of(KIND);
  }

  @Override
  public Outcome run(Attempt attempt) {
    return completed(attempt.arguments());
  }

  static Outcome outcome(byte[] arguments) {
    if (arguments.length <= 2) {
      return NOTHING;
    }
    try {
      return completed(Json.read(arguments));
    } catch (IOException e) {
      return new Outcome.Faulted(
          ErrorType.CONFIGURATION.fault("Invalid arguments", "The arguments are not JSON."));
    }
  }

  private static Outcome completed(JsonNode arguments) {
    JsonNode output = arguments.path("output");
    return output.isMissingNode() ? NOTHING : new Outcome.Completed(output);
  }
}
