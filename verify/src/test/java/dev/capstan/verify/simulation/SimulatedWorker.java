package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerEnvironment;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.process.Tools;
import io.grpc.Channel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A worker: the real one, whose attempts take some time and then do at once what they have to. One
 * that is stopped before that does nothing.
 */
final class SimulatedWorker {
  static final int SLOTS = 4;

  /** The member of every result that says which attempt it is of. */
  static final String TOKEN = "token";

  /** The status of what fails now and then. */
  static final int FLAKY = 503;

  private static final long LEASE = 4 * SimulatedCoordinator.KEEP_ALIVE.toNanos();
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final String KINDS = "function:sim-";

  /** By it schemas are fetched. */
  static final String FETCH = "call:http";

  /** What fails now and then. */
  static final String FLAKES = KINDS + "flaky";

  private static final String SCHEMA =
      Base64.getEncoder().encodeToString("type: object".getBytes(StandardCharsets.UTF_8));

  /** What must not be done twice. */
  static final String ONCE = KINDS + "once";

  private final SimulatedProcess process;
  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final Invariants invariants;
  private final Path directory;
  private final Function<SimulatedProcess, List<Channel>> ways;
  private @Nullable Worker worker;
  private boolean flaky = true;

  /**
   * @param ways to all coordinators
   */
  SimulatedWorker(
      SimulatedProcess process,
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      Invariants invariants,
      Path directory,
      Function<SimulatedProcess, List<Channel>> ways) {
    this.process = process;
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.invariants = invariants;
    this.directory = directory;
    this.ways = ways;
  }

  /** An attempt by its token, as a text. */
  static String token(String execution, long task, int attempt, long epoch) {
    return execution + "/" + task + "/" + attempt + "/" + epoch;
  }

  static String token(dev.capstan.api.v1.Token token) {
    return token(token.getExecution(), token.getTask(), token.getAttempt(), token.getEpoch());
  }

  SimulatedProcess process() {
    return process;
  }

  void start() {
    process.start();
    WorkerOptions options =
        WorkerOptions.builder(process.name())
            .slots(SLOTS)
            .builtIns(EnumSet.noneOf(dev.capstan.worker.BuiltIn.class))
            .executor(new Work())
            .tools(new Tools("", Path.of("/nonexistent")))
            .lookEvery(Duration.ofDays(1))
            .workingDirectory(directory)
            .build();
    WorkerEnvironment environment =
        new WorkerEnvironment(
            new ProcessTimer(process),
            false,
            agenda::nanos,
            random,
            (_, attempt) -> process.after(duration(), attempt));
    Worker started = Worker.start(options, environment);
    worker = started;
    ways.apply(process).forEach(started::attach);
  }

  /** Most are short, some outlive a lease. */
  private long duration() {
    return random.nextInt(4) == 0
        ? random.nextLong(1_000 * MILLISECOND)
        : random.nextLong(20 * MILLISECOND);
  }

  void crash() {
    process.crash();
    worker = null;
  }

  /** Nothing fails by itself any more. */
  void calm() {
    flaky = false;
  }

  /** How many attempts it holds. */
  int running() {
    return worker == null ? 0 : worker.status().running();
  }

  String status() {
    return worker == null ? "dead" : worker.status().toString();
  }

  private final class Work implements Executor {
    @Override
    public List<String> kinds() {
      return List.of(KINDS + "work", FLAKES, KINDS + "slow", ONCE, FETCH);
    }

    @Override
    public Outcome run(Attempt attempt) {
      Token token = attempt.token();
      String name = token(token.execution(), token.task(), token.attempt(), token.epoch());
      invariants.carriedOut(name, attempt.kind(), process.name());
      if (invariants.orders().isOut(process.name())) {
        invariants.tally().bit(Happening.ONE_PUT_OUT_GOES_ON);
      }
      if (network.aloneNanos(process.name()) > LEASE + LEASE / 2) {
        invariants.violated(process.name() + " goes on, and hears of no coordinator: " + token);
      }
      if (running() > SLOTS) {
        invariants.violated(process.name() + " runs " + running() + " attempts at a time");
      }
      if (flaky && attempt.kind().equals(FLAKES) && random.nextInt(3) > 0) {
        return new Outcome.Faulted(new Fault("https://example.com/flaky", FLAKY, "Flaky", name));
      }
      if (attempt.kind().equals(FETCH)) {
        return new Outcome.Completed(TextNode.valueOf(SCHEMA));
      }
      ObjectNode result = attempt.arguments().deepCopy();
      return new Outcome.Completed(result.put(TOKEN, name));
    }
  }
}
