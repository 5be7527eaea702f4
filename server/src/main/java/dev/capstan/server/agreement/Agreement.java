package dev.capstan.server.agreement;

import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.ReplicaView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Proves for one group that its replicas agree. Safe for any thread. */
public final class Agreement {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final int partition;
  private final Replicas replicas;
  private final ReplicatedLog log;
  private final Clock clock;
  private final Executor threads;

  /**
   * @param threads for what waits for the network
   */
  public Agreement(
      int partition, Replicas replicas, ReplicatedLog log, Clock clock, Executor threads) {
    this.partition = partition;
    this.replicas = replicas;
    this.log = log;
    this.clock = clock;
    this.threads = threads;
  }

  /**
   * Completes when every replica has what was acknowledged before, or after some seconds with what
   * they have then.
   *
   * @param execution for whom this is asked
   */
  public CompletableFuture<StateSyncView> synchronizeState(String execution) {
    return log.barrier()
        .handleAsync(
            (_, failure) -> {
              requireConfirmed(failure);
              return await(execution);
            },
            threads);
  }

  private StateSyncView await(String execution) {
    long end = clock.nanos() + PATIENCE.toNanos();
    try {
      long index = replicas.latest().index();
      while (true) {
        StateSyncView view = view(execution, index, replicas.ask(index));
        if (view.inSync() || clock.nanos() - end >= 0) {
          return view;
        }
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(notReady("The coordinator stops"));
    }
  }

  private StateSyncView view(String execution, long index, List<ReplicaState> states) {
    Verdict verdict = Verdict.of(index, states);
    Long agreed = verdict.agreed();
    List<ReplicaView> views = states.stream().map(state -> view(state, index, agreed)).toList();
    return new StateSyncView(
        execution,
        partition,
        index,
        agreed == null ? null : hex(agreed),
        views.stream().allMatch(ReplicaView::agrees),
        views);
  }

  private static ReplicaView view(ReplicaState state, long index, @Nullable Long agreed) {
    StateDigest latest = state.latest();
    Long asked = state.asked();
    return new ReplicaView(
        state.replica(),
        latest != null,
        latest == null ? null : Long.valueOf(latest.index()),
        latest == null ? null : Long.valueOf(Math.max(0, index - latest.index())),
        asked == null ? null : hex(asked),
        asked != null && asked.equals(agreed));
  }

  private static String hex(long digest) {
    return HexFormat.of().toHexDigits(digest);
  }

  /**
   * Lets a majority confirm the leader; completes with what is known then, also where none does.
   *
   * @param execution for whom this is asked
   */
  public CompletableFuture<ConsensusView> coordinateConsensus(String execution) {
    long begun = clock.nanos();
    return log.barrier()
        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .handleAsync(
            (_, failure) -> {
              long micros = TimeUnit.NANOSECONDS.toMicros(clock.nanos() - begun);
              return consensus(execution, failure == null, micros);
            },
            threads);
  }

  private ConsensusView consensus(String execution, boolean confirmed, long micros) {
    LogStatus status = log.status();
    List<ReplicaState> states;
    try {
      states = replicas.ask(-1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(notReady("The coordinator stops"));
    }
    return new ConsensusView(
        execution,
        partition,
        status.role().leader(),
        status.role().term(),
        status.commitIndex(),
        states.stream().map(ReplicaState::replica).toList(),
        states.size() / 2 + 1,
        states.stream().filter(state -> state.latest() != null).map(ReplicaState::replica).toList(),
        confirmed,
        micros);
  }

  private static void requireConfirmed(@Nullable Throwable failure) {
    if (failure != null) {
      throw new CompletionException(
          notReady(
              "No majority of the replicas has confirmed the leader: "
                  + Objects.requireNonNullElse(failure.getMessage(), failure.toString())));
    }
  }

  private static Refusal notReady(String what) {
    return new Refusal(
        Refusal.Code.NOT_READY, what, "Ask again in a moment", Duration.ofMillis(200), List.of());
  }
}
