package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.ReplicaView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.http.json.Described;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the replicas agree; asked of them at the moment, not taken from what is known. */
final class AgreementOperations {
  private static final String TAG = "cluster";
  private static final Parameter ID = Parameter.path("id", "Id of the execution");

  private final Gateway gateway;

  AgreementOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("A replica, asked for the state at an index")
  record Replica(
      String coordinator,
      @Described("Whether it answered in time") boolean answers,
      @Described("Index of the last change that it has applied") @Nullable Long appliedIndex,
      @Described("How far that is behind; 0 when it has got there") @Nullable Long lag,
      @Described("Of its state at the index, hexadecimal") @Nullable String digest,
      @Described("Whether that is what a majority has") boolean agrees) {

    static Replica of(ReplicaView view) {
      return new Replica(
          view.coordinator(),
          view.answers(),
          view.appliedIndex(),
          view.lag(),
          view.digest(),
          view.agrees());
    }
  }

  @Described("Where the state of an execution is")
  record StateSync(
      String execution,
      int partition,
      @Described("Of the log; includes everything that was acknowledged before the question")
          long index,
      @Described("Of the state at the index that a majority has, hexadecimal")
          @Nullable String digest,
      @Described("Whether every replica has that state") boolean inSync,
      List<Replica> replicas) {

    static StateSync of(StateSyncView view) {
      return new StateSync(
          view.execution(),
          view.partition(),
          view.index(),
          view.digest(),
          view.inSync(),
          view.replicas().stream().map(Replica::of).toList());
    }
  }

  @Described("The consensus that an execution depends on")
  record Consensus(
      String execution,
      int partition,
      @Nullable String leader,
      long term,
      long commitIndex,
      @Described("Coordinators that hold a replica") List<String> replicas,
      @Described("How many of them have to answer") int needed,
      @Described("Those that answered just now") List<String> answering,
      @Described("Whether a majority has confirmed the leader just now") boolean confirmed,
      @Described("How long that took") long roundMicros) {

    static Consensus of(ConsensusView view) {
      return new Consensus(
          view.execution(),
          view.partition(),
          view.leader(),
          view.term(),
          view.commitIndex(),
          view.replicas(),
          view.needed(),
          view.answering(),
          view.confirmed(),
          view.roundMicros());
    }
  }

  List<Operation> operations() {
    return List.of(
        Operation.get("/v1/executions/{id}/state-sync", "synchronizeState")
            .reach(Reach.EXECUTION)
            .tag(TAG, Permissions.CLUSTER_READ)
            .summary(
                "Waits up to 5 s until every replica has what was acknowledged of an execution, and tells what each has")
            .with(ID)
            .gives(200, "What the replicas have", StateSync.class)
            .handledBy(call ->
                Answer.json(
                    200,
                    StateSync.of(
                        call.await(gateway.synchronizeState(call.principal(), call.path("id")))))),
        Operation.get("/v1/executions/{id}/consensus", "coordinateConsensus")
            .reach(Reach.EXECUTION)
            .tag(TAG, Permissions.CLUSTER_READ)
            .summary(
                "Lets a majority of the replicas confirm the leader of an execution, or tells after some seconds that none does")
            .with(ID)
            .alone()
            .gives(200, "What was confirmed", Consensus.class)
            .handledBy(call ->
                Answer.json(
                    200,
                    Consensus.of(
                        call.await(
                            gateway.coordinateConsensus(call.principal(), call.path("id")))))));
  }
}
