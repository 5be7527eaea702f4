package dev.capstan.verify.sdk;

import static org.awaitility.Awaitility.await;

import dev.capstan.sdk.Capstan;
import dev.capstan.sdk.FunctionWorker;
import dev.capstan.sdk.TaskContext;
import dev.capstan.sdk.TaskFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * What a user's main is. Arguments: data directory, node name, coordinator, file to write to, file
 * whose existence lets the function end, join token if there is one.
 */
final class FunctionProgram {
  private final String node;
  private final Path begun;
  private final Path go;

  private FunctionProgram(String node, Path begun, Path go) {
    this.node = node;
    this.begun = begun;
    this.go = go;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    FunctionProgram functions =
        new FunctionProgram(arguments[1], Path.of(arguments[3]), Path.of(arguments[4]));
    try (FunctionWorker worker =
        Capstan.worker()
            .data(Path.of(arguments[0]))
            .name(arguments[1])
            .server(arguments[2])
            .functions(functions)
            .join(arguments.length > 5 ? arguments[5] : null)
            .start()) {
      worker.await();
    }
  }

  @TaskFunction("charge-card")
  public String charge(TaskContext context) throws IOException {
    Files.writeString(
        begun,
        node + " " + context.attempt() + " " + context.idempotencyKey() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(go));
    return "charged by " + node;
  }
}
