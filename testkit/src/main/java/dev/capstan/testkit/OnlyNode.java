package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The only node of an engine in memory: it runs attempts with the workers that a test gives it, and
 * what it holds outlives leaders. A node that is lost is another one from then on, under the same
 * name. Not thread-safe.
 */
final class OnlyNode {
  private static final String NAME = "node-1";

  /** What the node needs of its engine. */
  interface Engine {
    /** The time that it is. */
    Instant now();

    /** The present state of an execution. */
    Execution execution(String id);

    /** Decides a command about an execution. */
    Decision decide(String id, Command command);

    /** Does something at the present time, if the leader is not lost before. */
    void later(Runnable todo);

    /** Does something at the present time, whoever leads. */
    void whoeverLeads(Runnable todo);
  }

  private final Engine engine;
  private final Holdings holdings;
  private final Map<String, Worker> workers = new TreeMap<>();
  private final List<WorkRequest> dispatched = new ArrayList<>();
  private Worker others = request -> new WorkResult.Hang();
  private long epoch = 1;

  OnlyNode(Engine engine, Holdings holdings) {
    this.engine = engine;
    this.holdings = holdings;
  }

  /** Runs all tasks of a kind with a worker. */
  void on(String kind, Worker worker) {
    workers.put(kind, worker);
  }

  /** Runs all tasks of other kinds with a worker. */
  void onOthers(Worker worker) {
    others = worker;
  }

  /** Everything that it was to run. */
  List<WorkRequest> dispatched() {
    return List.copyOf(dispatched);
  }

  /** A task waits for a node: it gets this one. */
  void enqueued(String id, Effect.Enqueue enqueue) {
    // Whatever is to go to the node that was lost waits: it does not come back under its name.
    if (!enqueue.metadata().path("node").asText().equals(NAME)) {
      engine.later(() -> engine.decide(id, new Command.Assign(enqueue.task(), NAME, epoch)));
    }
  }

  /** After the loss of a leader: attempts that nobody wants any more are cancelled. */
  void cancelUnwanted() {
    List.copyOf(holdings.attempts.keySet()).stream()
        .filter(token -> !isWanted(token))
        .forEach(this::cancel);
  }

  /** After the loss of a leader: what it has not dispatched any more comes back. */
  void returnMissing(Execution execution) {
    for (TaskRun run : execution.runs()) {
      AttemptToken token = new AttemptToken(execution.id(), run.id(), run.attempt(), run.epoch());
      if (run.node() != null && !holdings.attempts.containsKey(token)) {
        epoch++;
        engine.later(() ->
            engine.decide(execution.id(), new Command.ReportReturned(token, "it never got there")));
      }
    }
  }

  /**
   * After the loss of a leader: what the former one may not have confirmed is handed over again.
   */
  void handOverAll() {
    List.copyOf(holdings.attempts.keySet()).forEach(this::handOver);
  }

  /** Messages of a subscription are safe. */
  void confirm(Effect.ConfirmMessages confirm) {
    holdings.confirmed.merge(confirm.token(), confirm.number(), Math::max);
    handOver(confirm.token());
  }

  private boolean isWanted(AttemptToken token) {
    TaskRun run = engine.execution(token.execution()).run(token.task());
    return run != null
        && run.node() != null
        && run.attempt() == token.attempt()
        && run.epoch() == token.epoch();
  }

  /** Runs an attempt, whose result comes now, later or never. */
  void run(Effect.Dispatch dispatch) {
    WorkRequest request =
        new WorkRequest(
            dispatch.kind(),
            dispatch.taskName(),
            dispatch.reference(),
            dispatch.token().attempt(),
            dispatch.arguments(),
            dispatch.idempotencyKey());
    dispatched.add(request);
    AttemptToken token = dispatch.token();
    switch (workers.getOrDefault(dispatch.kind(), others).run(request)) {
      case WorkResult.After after ->
          holdings.attempts.put(
              token, new Holdings.Attempt(engine.now().plus(after.delay()), after.result()));
      case WorkResult.Hang hang -> holdings.attempts.put(token, new Holdings.Attempt(null, hang));
      case WorkResult.Messages messages -> {
        holdings.attempts.put(token, new Holdings.Attempt(null, messages));
        handOver(token);
      }
      case WorkResult.Output output -> report(token, output);
      case WorkResult.Fault fault -> report(token, fault);
      case WorkResult.Lost lost -> report(token, lost);
    }
    if (!isWanted(token)) {
      cancel(token);
    }
  }

  /** A subscription hands over the first message that is not confirmed, perhaps again. */
  private void handOver(AttemptToken token) {
    long number = holdings.confirmed.getOrDefault(token, 0L) + 1;
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt == null || !(attempt.result() instanceof WorkResult.Messages given)) {
      return;
    }
    if (number > given.messages().size()) {
      engine.later(() -> goesOn(token, given.then()));
    } else {
      JsonNode message = given.messages().get((int) number - 1);
      engine.whoeverLeads(() ->
          engine.decide(token.execution(), new Command.DeliverMessage(token, number, message)));
    }
  }

  /** A subscription has handed over everything. */
  private void goesOn(AttemptToken token, WorkResult then) {
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt == null || !(attempt.result() instanceof WorkResult.Messages)) {
      return;
    }
    switch (then) {
      case WorkResult.Hang _, WorkResult.Messages _ -> {}
      case WorkResult.After after ->
          holdings.attempts.put(
              token, new Holdings.Attempt(engine.now().plus(after.delay()), after.result()));
      case WorkResult.Output _, WorkResult.Fault _, WorkResult.Lost _ -> report(token, then);
    }
  }

  /** Tells the engine what an attempt has come to. */
  void report(AttemptToken token, WorkResult result) {
    holdings.attempts.remove(token);
    Decision decision =
        switch (result) {
          case WorkResult.Output output ->
              engine.decide(token.execution(), new Command.ReportOutput(token, output.value()));
          case WorkResult.Fault fault ->
              engine.decide(token.execution(), new Command.ReportFault(token, fault.error()));
          case WorkResult.Lost _ -> {
            epoch++;
            yield engine.decide(
                token.execution(),
                new Command.ReportReturned(token, "node node-1 was lost", Command.Return.LOST));
          }
          case WorkResult.Hang _, WorkResult.Messages _, WorkResult.After _ ->
              throw new IllegalArgumentException("nothing to report: " + result);
        };
    if (holdings.cancelled.remove(token) && decision instanceof Decision.Accepted) {
      throw new IllegalStateException("the result of a cancelled attempt was taken: " + token);
    }
  }

  /** Nobody wants the result of an attempt any more; it may still come. */
  void cancel(AttemptToken token) {
    Holdings.Attempt attempt = holdings.attempts.get(token);
    if (attempt != null
        && (attempt.result() instanceof WorkResult.Hang
            || attempt.result() instanceof WorkResult.Messages)) {
      holdings.attempts.remove(token);
    } else if (attempt != null) {
      holdings.cancelled.add(token);
    }
  }
}
