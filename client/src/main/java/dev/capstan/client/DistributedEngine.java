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
   * Registers a worker node; completes when it is durable that it may join. Its process joins with
   * the token, as by {@code capstan worker --join TOKEN}; {@link RegisteredNode#joined} completes
   * when it has, is committed to the cluster's state, and can take tasks. Fails with {@link
   * CapstanException.Conflict} where the cluster has or had a node of this name.
   */
  public CompletableFuture<RegisteredNode> registerNode(NodeRegistration registration) {
    return client
        .invite("worker", registration.node(), registration.life())
        .thenApply(token -> new RegisteredNode(client, registration.node(), token));
  }

  /**
   * Runs one task; completes when a node has it, or after ten seconds without one, while the task
   * waits on. The same request again answers the same task.
   */
  public CompletableFuture<TaskDispatch> scheduleDistributedTask(DistributedTask task) {
    return client.dispatch(task);
  }

  /**
   * Waits until every replica has what was acknowledged of an execution, for five seconds at most,
   * and tells what each has.
   */
  public CompletableFuture<StateSync> synchronizeState(String execution) {
    return client.stateSync(execution);
  }

  /**
   * Asks a node, now, whether it is there. Completes with its answer, or without one after as long
   * a silence as makes it lost. After a change of the leadership, a node that may still come back
   * is waited for until it is back or lost, two such silences at most.
   */
  public CompletableFuture<FailureDetection> detectNodeFailure(String node) {
    return client.probe(node);
  }

  /**
   * Lets a majority of the replicas confirm the leader that an execution depends on. Where no
   * majority does, that is the answer: not confirmed, with the coordinators that can be reached; it
   * takes some seconds, since a new leader may be on its way.
   */
  public CompletableFuture<Consensus> coordinateConsensus(String execution) {
    return client.consensus(execution);
  }
}
