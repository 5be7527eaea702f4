package dev.capstan.server.work;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Token;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.Payload;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.WorkExchange;
import dev.capstan.server.nodes.FormerNode;
import dev.capstan.server.nodes.NodeDirectory;
import dev.capstan.server.nodes.WorkerSessionService;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.StoredAttempts;
import dev.capstan.server.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a partition that speak HTTP, while this coordinator leads it. The next leader
 * reads from the rows which attempts they have and holds sessions for them in its turn; so they
 * notice nothing, and call any coordinator.
 */
public final class HostedWorkers implements WorkExchange {
  /** Before the name of a worker, in the id of its node. */
  public static final String PREFIX = "http:";

  static final String KIND = "function:";

  private static final Pattern WORKER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern FUNCTION = Pattern.compile("[A-Za-z0-9._:/-]{1,119}");
  private static final Pattern TOKEN = Pattern.compile("\\d{1,9}\\.\\d{1,18}");
  private static final int MOST_WORKERS = 1_000;
  private static final int URI_LENGTH = 500;
  private static final int TEXT_LENGTH = 8 * 1024;

  /** Of what a former leader has given away: how long its leases were is not stored. */
  private static final Duration LEASE_AFTER_TAKEOVER = Duration.ofSeconds(30);

  private final NodeDirectory directory;
  private final WorkerSessionService sessions;
  private final Limits limits;
  private final Payload payload;
  private final Clock clock;
  private final Map<String, HostedWorker> workers = new ConcurrentHashMap<>();
  private volatile @Nullable PartitionRequests partition;

  /** Those of one partition. */
  public HostedWorkers(
      NodeDirectory directory, WorkerSessionService sessions, Limits limits, Clock clock) {
    this.directory = directory;
    this.sessions = sessions;
    this.limits = limits;
    this.payload = new Payload(limits);
    this.clock = clock;
  }

  /** This coordinator leads; must come after the sessions have been told. Returns at once. */
  public void lead(PartitionRequests requests, Store store) {
    Map<String, Set<AttemptToken>> attempts =
        StoredAttempts.of(store, node -> node.startsWith(PREFIX));
    for (FormerNode node : FormerNode.of(store, attempts::containsKey)) {
      List<Token> holding =
          attempts.getOrDefault(node.id(), Set.of()).stream().map(HostedWorkers::token).toList();
      worker(node.id(), new HashSet<>(node.kinds()))
          .resume(node.epoch(), holding, LEASE_AFTER_TAKEOVER);
    }
    // Last: whoever asks about an attempt before that would be told that it is nobody's.
    partition = requests;
  }

  /** This coordinator leads no more. Returns at once. */
  public void follow() {
    partition = null;
    workers.values().forEach(HostedWorker::follow);
    workers.clear();
  }

  /** Takes away what nothing was heard of for its lease; to be called often. */
  public void tick() {
    long now = clock.nanos();
    workers.values().removeIf(worker -> !worker.tick(now));
  }

  private HostedWorker worker(String id, Set<String> kinds) {
    return workers.computeIfAbsent(
        id, _ -> new HostedWorker(id, kinds, limits.slotsPerNode(), sessions, clock::nanos));
  }

  private PartitionRequests requests() {
    PartitionRequests requests = partition;
    if (requests == null) {
      throw Refusal.notLed("This coordinator does not lead");
    }
    return requests;
  }

  @Override
  public CompletableFuture<List<Work>> take(
      Principal principal, int number, Take wanted, Duration wait) {
    PartitionRequests _ = requests();
    check(wanted);
    String id = PREFIX + wanted.worker();
    if (workers.size() >= MOST_WORKERS && !workers.containsKey(id)) {
      throw new Refusal(
          Refusal.Code.BUSY,
          "there are " + MOST_WORKERS + " workers over HTTP already",
          "processes with the same functions may share a name",
          Duration.ofSeconds(1),
          List.of());
    }
    Set<String> kinds = HostedWorker.kinds(wanted.functions());
    return worker(id, kinds)
        .take(kinds, wanted.max(), wanted.lease(), wait)
        .thenApply(all -> all.stream().map(each -> work(each, wanted.lease())).toList());
  }

  private void check(Take wanted) {
    if (!WORKER.matcher(wanted.worker()).matches()) {
      throw invalid(
          "\"" + wanted.worker() + "\" is no name of a worker",
          "1 to 64 letters, digits and . _ -, beginning with a letter or digit");
    }
    int count = wanted.functions().size();
    if (count < 1 || count > limits.kindsPerNode()) {
      throw invalid("there are " + count + " functions", "name from 1 to " + limits.kindsPerNode());
    }
    for (String function : wanted.functions()) {
      if (!FUNCTION.matcher(function).matches()) {
        throw invalid(
            "\"" + function + "\" is no name of a function",
            "1 to 119 letters, digits and . _ : / -, such as charge-card");
      }
    }
    if (wanted.max() < 1 || wanted.max() > MOST_TASKS) {
      throw invalid("max is " + wanted.max(), "from 1 to " + MOST_TASKS);
    }
    if (wanted.lease().compareTo(SHORTEST_LEASE) < 0
        || wanted.lease().compareTo(LONGEST_LEASE) > 0) {
      throw invalid(
          "the lease is " + wanted.lease().toMillis() + " ms",
          "from " + SHORTEST_LEASE.toSeconds() + "s to " + LONGEST_LEASE.toMinutes() + "m");
    }
  }

  private static Refusal invalid(String what, String hint) {
    return new Refusal(Refusal.Code.INVALID_REQUEST, what, hint);
  }

  private Work work(Dispatch dispatch, Duration lease) {
    Token token = dispatch.getToken();
    JsonNode arguments;
    try {
      arguments = payload.read(dispatch.getArguments().toByteArray(), "the arguments");
    } catch (Payload.Invalid e) {
      throw new IllegalStateException("The engine made arguments that it can't read", e);
    }
    return new Work(
        new TaskId(token.getExecution(), token.getTask()),
        token.getAttempt() + "." + token.getEpoch(),
        dispatch.getKind().substring(KIND.length()),
        dispatch.getTaskName(),
        dispatch.getReference(),
        arguments,
        dispatch.getIdempotencyKey(),
        token.getAttempt(),
        dispatch.getDeadlineMillis() == 0
            ? null
            : Instant.ofEpochMilli(dispatch.getDeadlineMillis()),
        lease);
  }

  @Override
  public void heartbeat(
      Principal principal, TaskId task, String token, double fraction, @Nullable String message) {
    PartitionRequests _ = requests();
    Token named = token(task, token);
    HostedWorker worker = holder(named);
    if (message != null) {
      worker.progress(named, fraction, message);
    }
  }

  @Override
  public CompletableFuture<?> complete(
      Principal principal, TaskId task, String token, JsonNode output) {
    Payload.Invalid invalid = payload.check(output, "the result");
    if (invalid != null) {
      throw new Refusal(
          invalid.tooLarge() ? Refusal.Code.PAYLOAD_TOO_LARGE : Refusal.Code.INVALID_REQUEST,
          String.valueOf(invalid.getMessage()),
          "store it elsewhere and complete the task with a reference, or fail it");
    }
    AttemptToken attempt = attempt(token(task, token));
    return report(principal, "task.complete", attempt, new Command.ReportOutput(attempt, output));
  }

  @Override
  public CompletableFuture<?> fail(
      Principal principal, TaskId task, String token, Failure failure) {
    if (failure.type().isBlank() || failure.type().length() > URI_LENGTH) {
      throw invalid("the type of the error is no URI", "such as https://example.com/errors/card");
    }
    if (failure.status() < 100 || failure.status() > 599) {
      throw invalid("the status of the error is " + failure.status(), "from 100 to 599");
    }
    AttemptToken attempt = attempt(token(task, token));
    WorkflowError error =
        new WorkflowError(
            failure.type(), failure.status(), cut(failure.title()), cut(failure.detail()), null);
    return report(principal, "task.fail", attempt, new Command.ReportFault(attempt, error));
  }

  private static @Nullable String cut(@Nullable String text) {
    return text == null || text.length() <= TEXT_LENGTH
        ? text
        : text.substring(0, TEXT_LENGTH) + "...";
  }

  /** The slot is free when the result is durable; until then it may be brought again. */
  private CompletableFuture<?> report(
      Principal principal, String operation, AttemptToken attempt, Command command) {
    PartitionRequests requests = requests();
    Token token = token(attempt);
    HostedWorker worker = holder(token);
    worker.reporting(token, true);
    return requests
        .command(attempt.execution(), command, principal.name(), operation)
        .handle((done, failure) -> {
          if (failure == null || isFinal(failure)) {
            worker.forget(token);
            directory.settle(worker.id(), attempt);
          } else {
            worker.reporting(token, false);
          }
          if (failure != null) {
            throw failure instanceof CompletionException completion
                ? completion
                : new CompletionException(failure);
          }
          return done;
        });
  }

  private static boolean isFinal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof Refusal refusal
        && (refusal.code() == Refusal.Code.WRONG_STATE || refusal.code() == Refusal.Code.NOT_FOUND);
  }

  private HostedWorker holder(Token token) {
    for (HostedWorker worker : workers.values()) {
      if (worker.renew(token)) {
        return worker;
      }
    }
    throw new Refusal(
        Refusal.Code.WRONG_STATE,
        "Task "
            + token.getExecution()
            + ":"
            + token.getTask()
            + " is not, or no longer, with attempt "
            + token.getAttempt(),
        "It has a result, was cancelled, or was given to another worker: stop working at it");
  }

  private static Token token(TaskId task, String text) {
    if (!TOKEN.matcher(text).matches()) {
      throw invalid("\"" + text + "\" is no token", "the one that came with the task");
    }
    int dot = text.indexOf('.');
    return Token.newBuilder()
        .setExecution(task.execution())
        .setTask(task.run())
        .setAttempt(Integer.parseInt(text.substring(0, dot)))
        .setEpoch(Long.parseLong(text.substring(dot + 1)))
        .build();
  }

  private static Token token(AttemptToken token) {
    return Token.newBuilder()
        .setExecution(token.execution())
        .setTask(token.task())
        .setAttempt(token.attempt())
        .setEpoch(token.epoch())
        .build();
  }

  private static AttemptToken attempt(Token token) {
    return new AttemptToken(
        token.getExecution(), token.getTask(), token.getAttempt(), token.getEpoch());
  }
}
