package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A client of a coordinator's HTTP API. Immutable; may be used by any thread; one for a program is
 * enough.
 *
 * <p>Every operation answers a future that fails with a {@link CapstanException}. Who would rather
 * wait uses {@link #await}: {@code Execution e = await(client.start(request))}. Requests that
 * failed for a passing reason are repeated when that can't do harm: reads always, starts because
 * each has an idempotency key, other changes when it is certain that nothing has changed.
 */
public final class CapstanClient implements AutoCloseable {
  /** The longest time that the server is asked to wait in one request. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  /** A start that is carried out is answered with 201, one that had been with 200. */
  private static final int REPLAYED = 200;

  private static final Duration DISPATCHED_WITHIN = Duration.ofSeconds(10);

  private final ClientOptions options;
  final Transport transport;
  private final Calls calls;

  private CapstanClient(ClientOptions options) {
    this.options = options;
    this.transport = new Transport(options);
    this.calls = new Calls(transport);
  }

  /** A client of the server at {@code http://127.0.0.1:7480}. */
  public static CapstanClient ofDefaults() {
    return builder().build();
  }

  /** Options to be changed as needed. */
  public static Builder builder() {
    return new Builder();
  }

  /** The address of the server that is asked at present. */
  public String server() {
    return transport.server();
  }

  // Definitions

  /**
   * Deploys a definition in YAML or JSON; the same text again is answered as the first time.
   *
   * @param source what to call the text in diagnostics, such as a file name
   */
  public CompletableFuture<Definition> deploy(String text, String source) {
    return call(definition(text, source, "")).thenApply(answer -> answer.as(Definition.class));
  }

  /** Checks a definition: its warnings, or {@link CapstanException.Invalid} with all findings. */
  public CompletableFuture<List<Finding>> validate(String text, String source) {
    return call(definition(text, source, "&validate"))
        .thenApply(answer -> Calls.items(answer.json().path("warnings"), Finding.class));
  }

  /** Deployed definitions by namespace, name and version. */
  public CompletableFuture<Page<Definition>> definitions(
      @Nullable String namespace, PageRequest page) {
    return page(
        "/v1/definitions" + new QueryString().with("namespace", namespace).with(page),
        "definitions",
        Definition.class);
  }

  /** A deployed definition with its text. */
  public CompletableFuture<Definition> definition(WorkflowName name) {
    String version = name.version() == null ? "" : "/" + QueryString.encode(name.version());
    return one(
        "/v1/definitions/"
            + QueryString.encode(name.namespace())
            + "/"
            + QueryString.encode(name.name())
            + version,
        Definition.class);
  }

  // Executions

  /** Starts an execution; completes when the start is durable. */
  public CompletableFuture<Execution> start(StartRequest request) {
    return start(request, Duration.ZERO);
  }

  /** Starts an execution, and waits for its end for at most this time. */
  public CompletableFuture<Execution> start(StartRequest request, Duration wait) {
    return startOnce(request, wait).thenApply(Started::execution);
  }

  /**
   * Starts an execution unless an equal request with the same id or key has started it before, says
   * which, and waits for its end for at most this time.
   */
  public CompletableFuture<Started> startOnce(StartRequest request, Duration wait) {
    String path = request.definition() == null ? "/v1/executions" : "/v1/executions?inline";
    return call(Request.post(path)
            .waits(wait)
            .with("Idempotency-Key", request.idempotencyKey())
            .body("application/json", request.body().toString())
            .safeToRepeat())
        .thenApply(answer -> new Started(answer.as(Execution.class), answer.status() == REPLAYED));
  }

  /** Runs one task without a workflow, and waits for its end for at most this time. */
  public CompletableFuture<Execution> runTask(DistributedTask request, Duration wait) {
    return call(Request.post("/v1/tasks")
            .waits(wait)
            .with("Idempotency-Key", request.idempotencyKey())
            .body("application/json", request.body().toString())
            .safeToRepeat())
        .thenApply(answer -> answer.as(Execution.class));
  }

  /**
   * Runs one task without a workflow; completes when a node has it, or after ten seconds without
   * one.
   */
  public CompletableFuture<TaskDispatch> dispatch(DistributedTask request) {
    return call(Request.post("/v1/dispatches")
            .waits(DISPATCHED_WITHIN)
            .with("Idempotency-Key", request.idempotencyKey())
            .body("application/json", request.body().toString())
            .safeToRepeat())
        .thenApply(answer -> answer.as(TaskDispatch.class));
  }

  /** Where the state of an execution is; waits up to five seconds until every replica has it. */
  public CompletableFuture<StateSync> stateSync(String id) {
    return one(execution(id, "/state-sync"), StateSync.class);
  }

  /** The leader of an execution, confirmed by a majority of the replicas at the moment. */
  public CompletableFuture<Consensus> consensus(String id) {
    return one(execution(id, "/consensus"), Consensus.class);
  }

  /** An execution now. */
  public CompletableFuture<Execution> execution(String id) {
    return one(execution(id, ""), Execution.class);
  }

  /** An execution, or the last that it goes on as, once it has ended, however long that takes. */
  public CompletableFuture<Execution> end(String id) {
    return Calls.submit(() ->
        Execution.lastOf(
            id,
            each ->
                transport
                    .send(Request.get(execution(each, "")).waits(LONGEST_WAIT))
                    .as(Execution.class)));
  }

  /** Executions, latest start first. */
  public CompletableFuture<Page<Execution>> executions(ExecutionFilter filter, PageRequest page) {
    QueryString query =
        new QueryString()
            .with("status", filter.status())
            .with("workflow", filter.workflow())
            .with("startedBefore", filter.startedBefore());
    filter.labels().forEach((name, value) -> query.with("label", name + "=" + value));
    return page("/v1/executions" + query.with(page), "executions", Execution.class);
  }

  /** Tasks of an execution that are alive, with the reason why they wait. */
  public CompletableFuture<List<TaskRun>> tasks(String id) {
    return list(execution(id, "/tasks"), "tasks", TaskRun.class);
  }

  /**
   * Why a task is where it is, or why it waits, and since when.
   *
   * @param task id of a {@link TaskRun}, or {@code taskId} of a {@link HistoryEvent}
   */
  public CompletableFuture<TaskExplanation> explain(String task) {
    return one("/v1/tasks/" + QueryString.encode(task) + "/explanation", TaskExplanation.class);
  }

  /** A page of a history. */
  public CompletableFuture<Page<HistoryEvent>> history(String id, PageRequest page) {
    return page(
        execution(id, "/history") + new QueryString().with(page), "events", HistoryEvent.class);
  }

  /** Follows a history from its beginning until the execution has ended. */
  public ExecutionWatch watch(String id, ExecutionWatcher watcher) {
    return new ExecutionWatch(transport, execution(id, "/history") + "?from=0", watcher).start();
  }

  /** Follows a history from an index on until the execution has ended. */
  public ExecutionWatch watch(String id, long fromIndex, ExecutionWatcher watcher) {
    return new ExecutionWatch(transport, execution(id, "/history") + "?from=" + fromIndex, watcher)
        .start();
  }

  /** Ends an execution. */
  public CompletableFuture<Execution> cancel(String id, @Nullable String reason) {
    return change(id, "cancel", reason);
  }

  /** Lets nothing new start in an execution. */
  public CompletableFuture<Execution> suspend(String id, @Nullable String reason) {
    return change(id, "suspend", reason);
  }

  /** Lets a suspended execution go on. */
  public CompletableFuture<Execution> resume(String id) {
    return change(id, "resume", null);
  }

  /** Lets a faulted execution go on with the tasks that faulted. */
  public CompletableFuture<Execution> retry(String id) {
    return change(id, "retry", null);
  }

  /** What people and programs say to running executions, and ask of them. */
  public Interactions interactions() {
    return new Interactions(calls);
  }

  /** Moves of executions to other versions of their workflows. */
  public Migrations migrations() {
    return new Migrations(calls);
  }

  // Events

  /** Publishes cloud events in their JSON form; completes when they are durable. */
  public CompletableFuture<Published> publish(List<? extends JsonNode> events) {
    ArrayNode batch = JsonNodeFactory.instance.arrayNode();
    events.forEach(batch::add);
    return call(Request.post("/v1/events")
            .body("application/cloudevents-batch+json", batch.toString()))
        .thenApply(answer -> answer.as(Published.class));
  }

  // Nodes and cluster

  /** Worker nodes by name. */
  public CompletableFuture<List<Node>> nodes() {
    return list("/v1/nodes", "nodes", Node.class);
  }

  /** A worker node by its id or name. */
  public CompletableFuture<Node> node(String id) {
    return one("/v1/nodes/" + QueryString.encode(id), Node.class);
  }

  /**
   * A worker node by its id or name, when it is active, or after this time as it is then; fails
   * with {@link CapstanException.NotFound} if it has not joined by then.
   *
   * @param wait at most five minutes
   */
  public CompletableFuture<Node> awaitNode(String id, Duration wait) {
    return call(Request.get("/v1/nodes/" + QueryString.encode(id)).waits(wait))
        .thenApply(answer -> answer.as(Node.class));
  }

  /** Asks a worker node, now, whether it is there. */
  public CompletableFuture<FailureDetection> probe(String id) {
    return one("/v1/nodes/" + QueryString.encode(id) + "/probe", FailureDetection.class);
  }

  /** Lets a node end what it runs and gives it nothing more. */
  public CompletableFuture<Node> drain(String id) {
    return nodeChange(id, "drain");
  }

  /**
   * The same, and after some time what it still runs goes to other nodes.
   *
   * @param deadline from now; parts of a millisecond are left out
   */
  public CompletableFuture<Node> drain(String id, Duration deadline) {
    return nodeChange(id, "drain?deadline=" + deadline.toMillis() + "ms");
  }

  /**
   * Gives labels to a node and takes others from it.
   *
   * @param removed names; those that the node does not have are no mistake
   */
  public CompletableFuture<Node> labelNode(
      String id, Map<String, String> set, Collection<String> removed) {
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    ObjectNode given = changes.putObject("set");
    set.forEach(given::put);
    ArrayNode taken = changes.putArray("remove");
    removed.forEach(taken::add);
    Request request =
        Request.post("/v1/nodes/" + QueryString.encode(id) + "/labels")
            .safeToRepeat()
            .body("application/json", changes.toString());
    return call(request).thenApply(answer -> answer.as(Node.class));
  }

  /** Gives a node nothing more. */
  public CompletableFuture<Node> cordon(String id) {
    return nodeChange(id, "cordon");
  }

  /** Gives a node tasks again. */
  public CompletableFuture<Node> uncordon(String id) {
    return nodeChange(id, "uncordon");
  }

  /** Forgets a node that is gone, or that is drained and runs nothing; any other is refused. */
  public CompletableFuture<Void> removeNode(String id) {
    return removeNode(id, false);
  }

  /**
   * Puts a node out for good.
   *
   * @param force also one that takes or runs tasks: it loses its connections, and they run
   *     elsewhere at once, or as they say of their recovery
   */
  public CompletableFuture<Void> removeNode(String id, boolean force) {
    String path = "/v1/nodes/" + QueryString.encode(id) + (force ? "?force=true" : "");
    return call(Request.delete(path)).thenApply(_ -> null);
  }

  /** Schedules of deployed definitions. */
  public CompletableFuture<List<Schedule>> schedules() {
    return list("/v1/schedules", "schedules", Schedule.class);
  }

  /** The cluster as the coordinator that answers sees it. */
  public CompletableFuture<Cluster> cluster() {
    return one("/v1/cluster", Cluster.class);
  }

  /**
   * Makes a token that lets one machine join.
   *
   * @param role coordinator or worker
   * @param node the only node that may use it; null for any
   * @param life how long it can be used, at most 24 hours
   */
  public CompletableFuture<JoinToken> invite(String role, @Nullable String node, Duration life) {
    ObjectNode body =
        JsonNodeFactory.instance
            .objectNode()
            .put("role", role)
            .put("life", life.toString().substring(2).toLowerCase(Locale.ROOT));
    if (node != null) {
      body.put("node", node);
    }
    return call(Request.post("/v1/cluster/join-tokens").body("application/json", body.toString()))
        .thenApply(answer -> answer.as(JoinToken.class));
  }

  /** Puts a coordinator out of the cluster. */
  public CompletableFuture<Void> removeCoordinator(String id) {
    return call(Request.delete("/v1/cluster/coordinators/" + QueryString.encode(id)))
        .thenApply(_ -> null);
  }

  /**
   * Lets a coordinator lead no more while another one can; completes when that is durable. What it
   * leads is handed over then.
   */
  public CompletableFuture<Void> drainCoordinator(String id) {
    return drainCoordinator(id, "drain");
  }

  /** Lets a coordinator lead again. */
  public CompletableFuture<Void> undrainCoordinator(String id) {
    return drainCoordinator(id, "undrain");
  }

  private CompletableFuture<Void> drainCoordinator(String id, String verb) {
    return call(Request.post("/v1/cluster/coordinators/" + QueryString.encode(id) + "/" + verb))
        .thenApply(_ -> null);
  }

  /** The replicated groups as the coordinator that answers sees them. */
  public CompletableFuture<List<Partition>> partitions() {
    return list("/v1/cluster/partitions", "partitions", Partition.class);
  }

  /** Changes and who made them, latest first. */
  public CompletableFuture<Page<AuditEntry>> audit(PageRequest page) {
    return page("/v1/audit" + new QueryString().with(page), "entries", AuditEntry.class);
  }

  /** Whether the coordinator serves requests; asked once, without repetitions. */
  public CompletableFuture<Readiness> readiness() {
    return Calls.submit(() -> {
      try (Transport once = new Transport(options.onceAt(server()))) {
        return once.send(Request.get("/readyz")).as(Readiness.class);
      } catch (CapstanException.Unavailable e) {
        return new Readiness(false, List.of(e.problem().detail()));
      }
    });
  }

  /** The API's own description (OpenAPI 3.1). */
  public CompletableFuture<JsonNode> openApi() {
    return call(Request.get("/openapi.json")).thenApply(Transport.Answer::json);
  }

  /** Metrics in Prometheus' text format. */
  public CompletableFuture<String> metrics() {
    return call(Request.get("/metrics").with("Accept", "text/plain"))
        .thenApply(Transport.Answer::text);
  }

  /**
   * Waits for an operation.
   *
   * @throws CapstanException what the operation failed with
   * @throws CancellationException when it was cancelled, or the waiting thread interrupted
   */
  public static <T> T await(Future<T> operation) {
    try {
      return operation.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CapstanException failure) {
        throw failure;
      }
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      operation.cancel(true);
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  /** Breaks off all requests and watches. */
  @Override
  public void close() {
    transport.close();
  }

  private static Request definition(String text, String source, String more) {
    boolean json = text.stripLeading().startsWith("{");
    return Request.post("/v1/definitions?source=" + QueryString.encode(source) + more)
        .body(json ? "application/json" : "application/yaml", text)
        .safeToRepeat();
  }

  private static String execution(String id, String rest) {
    return "/v1/executions/" + QueryString.encode(id) + rest;
  }

  private CompletableFuture<Execution> change(String id, String verb, @Nullable String reason) {
    Request request = Request.post(execution(id, "/" + verb));
    if (reason != null) {
      request =
          request.body(
              "application/json",
              JsonNodeFactory.instance.objectNode().put("reason", reason).toString());
    }
    return call(request).thenApply(answer -> answer.as(Execution.class));
  }

  private CompletableFuture<Node> nodeChange(String id, String verb) {
    return call(Request.post("/v1/nodes/" + QueryString.encode(id) + "/" + verb).safeToRepeat())
        .thenApply(answer -> answer.as(Node.class));
  }

  private <R extends Record> CompletableFuture<R> one(String path, Class<R> type) {
    return calls.one(path, type);
  }

  <R extends Record> CompletableFuture<List<R>> list(String path, String member, Class<R> type) {
    return calls.list(path, member, type);
  }

  private <R extends Record> CompletableFuture<Page<R>> page(
      String path, String member, Class<R> type) {
    return calls.page(path, member, type);
  }

  CompletableFuture<Transport.Answer> call(Request request) {
    return calls.send(request);
  }

  /** Collects options. Not safe for concurrent use. */
  public static final class Builder {
    private ClientOptions options = ClientOptions.ofDefaults();

    private Builder() {}

    /**
     * Address of a coordinator, such as {@code http://127.0.0.1:7480}.
     *
     * @throws IllegalArgumentException when it is none
     */
    public Builder server(String address) {
      return servers(List.of(address));
    }

    /**
     * Addresses of several coordinators of one cluster. While one does not answer, the next is
     * asked; where one leads, that is.
     *
     * @throws IllegalArgumentException when one is none, or there are none
     */
    public Builder servers(List<String> addresses) {
      options = options.withServers(addresses);
      return this;
    }

    /**
     * Says whom to believe for servers with {@code https}: a cluster's certificates are signed by
     * its own authority. Null for what Java believes by itself.
     */
    public Builder tls(@Nullable SSLContext context) {
      options = options.withTls(context);
      return this;
    }

    /** Token that proves who asks; null for none. */
    public Builder token(@Nullable String token) {
      options = options.withToken(token);
      return this;
    }

    /** How requests are repeated. */
    public Builder retries(RetryPolicy policy) {
      options = options.withRetries(policy);
      return this;
    }

    /**
     * How long to wait for a connection, and for an answer beyond the time that the server is asked
     * to wait.
     */
    public Builder timeouts(Duration connect, Duration request) {
      options = options.withTimeouts(connect, request);
      return this;
    }

    /** The client. */
    public CapstanClient build() {
      return new CapstanClient(options);
    }
  }
}
