package dev.capstan.cli.demo;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Runs the {@link DemoService} until it is stopped. */
@CommandLine.Command(
    name = "demo-service",
    description = {
      "A shop's inventory, payments and shipping on loopback, which fail now and then with status 503.",
      "Requests with the same Idempotency-Key are carried out once. While another one of these has the port, this one stands by. "
          + "When a task of an execution has started it, it ends when that task's node does."
    })
public final class DemoServiceCommand implements Callable<Integer> {
  /** Set by a node for the programs that its tasks run. */
  private static final String STARTED_BY_A_TASK = "CAPSTAN_EXECUTION";

  private final Console console;

  @Option(
      names = "--port",
      paramLabel = "N|auto",
      description = "Port; 7490 without it, auto takes a free one.")
  String port = "7490";

  @Option(
      names = "--failure-rate",
      paramLabel = "P",
      description = "How many requests fail, from 0 to 1; 0.3 without it.")
  double failureRate = 0.3;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed and requests fail in the same way; 7 without it.")
  long seed = 7;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;

  @Option(names = "--debug", description = "Shows details of failures.")
  boolean debug;

  /** A command on this console. */
  public DemoServiceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!(failureRate >= 0 && failureRate <= 1)) {
      throw CliFailure.misuse("--failure-rate is " + failureRate, "from 0 to 1");
    }
    Chance chance = new Chance(seed, failureRate);
    @Nullable DemoService service = null;
    while (service == null) {
      service = DemoService.start(portNumber(), chance, console::data);
      if (service == null) {
        DemoService.awaitPort(portNumber());
      }
    }
    console.data("ready on http://127.0.0.1:" + service.port());
    if (console.environment().containsKey(STARTED_BY_A_TASK)) {
      Ancestors.awaitEnd();
    } else {
      Thread.currentThread().join();
    }
    service.close();
    return ExitCode.OK;
  }

  private int portNumber() {
    try {
      int number = port.equals("auto") ? 0 : Integer.parseInt(port);
      if (number >= 0 && number <= 65_535) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw CliFailure.misuse(
        "\"" + port + "\" is no port", "1 to 65535, or auto for one that is free");
  }
}
