package dev.capstan.client;

import java.util.concurrent.CompletableFuture;

/**
 * A cluster as one engine: nodes, tasks, state, failures and consensus. Each operation is also one
 * of HTTP and of gRPC. Failures are {@link CapstanException}s. Safe for any thread.
 */
public final class DistributedEngine {
  private final CapstanClient client;

  /**
   * Works with the cluster that a client is connected to; the client is closed by whoever made it.
   */
  public DistributedEngine(CapstanClient client) {
    this.client = client;
  }

  /**
   * Lets a worker node join. It is a member as soon as its process has joined with the token, as by
   * {@code capstan worker --join TOKEN}: authenticated first, then committed to the cluster's
   * state.
   */
  public CompletableFuture<JoinToken> registerNode(NodeRegistration registration) {
    return client.invite("worker", registration.node(), registration.life());
  }

  /**
   * Runs one task; completes when a node has it, or after ten seconds without one, while the task
   * waits on. The same request again answers the same task.
   */
  public CompletableFuture<TaskDispatch> scheduleDistributedTask(TaskRequest task) {
    return client.dispatch(task);
  }

  /**
   * Waits until every replica has what was acknowledged of an execution, for five seconds at most,
   * and tells what each has.
   */
  public CompletableFuture<StateSync> synchronizeState(String execution) {
    return client.stateSync(execution);
  }

  /** Asks a node, now, whether it is there. */
  public CompletableFuture<FailureDetection> detectNodeFailure(String node) {
    return client.probe(node);
  }

  /** Lets a majority of the replicas confirm the leader that an execution depends on. */
  public CompletableFuture<Consensus> coordinateConsensus(String execution) {
    return client.consensus(execution);
  }
}
