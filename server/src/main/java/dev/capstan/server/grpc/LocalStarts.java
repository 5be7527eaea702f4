package dev.capstan.server.grpc;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out the errands of one stream at this coordinator. Any thread. */
final class LocalStarts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("dev.capstan.grpc");

  /** A wait can't be taken back, so whoever goes leaves one behind for no longer. */
  private static final Duration FOLLOW_PIECE = Duration.ofMinutes(1);

  private final Gateway gateway;
  private final Principal principal;
  private final Outcomes outcomes;
  private final Set<CompletableFuture<?>> waits = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  LocalStarts(Gateway gateway, Principal principal, Outcomes outcomes) {
    this.gateway = gateway;
    this.principal = principal;
    this.outcomes = outcomes;
  }

  /**
   * @param lead of the partition that decides
   */
  void carryOut(Errand errand, Ways.Lead lead) {
    try {
      if (errand.isFollow()) {
        String id = RunMessages.followed(errand.request());
        follow(errand, lead.confirm().thenCompose(_ -> end(id)));
      } else if (errand.request().getWait()) {
        run(errand, gateway.run(principal, RunMessages.start(errand.request())));
      } else {
        var _ =
            gateway
                .start(principal, RunMessages.start(errand.request()))
                .whenComplete((view, failure) -> started(errand, view, failure));
      }
    } catch (RuntimeException e) {
      refuse(errand, e);
    }
  }

  private void started(Errand errand, @Nullable ExecutionView view, @Nullable Throwable failure) {
    if (view == null) {
      refuse(errand, failure);
    } else {
      outcomes.accepted(errand, view.id());
    }
  }

  @SuppressWarnings("UndefinedEquals") // futures are told apart by identity
  private void run(Errand errand, Gateway.Run run) {
    CompletableFuture<ExecutionView> ended = run.ended();
    waits.add(ended);
    var _ =
        run.started()
            .whenComplete((view, failure) -> {
              started(errand, view, failure);
              if (view == null) {
                waits.remove(ended);
              } else {
                Errand rest = errand.started(view.id());
                var _ =
                    ended.whenComplete((last, broken) -> {
                      waits.remove(ended);
                      ended(rest, last, broken);
                    });
              }
            });
    if (closed) {
      ended.cancel(false);
    }
  }

  private void ended(Errand errand, @Nullable ExecutionView view, @Nullable Throwable failure) {
    if (view != null) {
      outcomes.ended(RunMessages.ended(errand.request().getCorrelation(), view));
    } else if (!closed) {
      refuse(errand, failure);
    }
  }

  private CompletableFuture<ExecutionView> end(String id) {
    return gateway.await(principal, id, FOLLOW_PIECE);
  }

  private void follow(Errand errand, CompletableFuture<ExecutionView> end) {
    var _ =
        end.whenComplete((view, failure) -> {
          if (view == null || view.status().hasEnded()) {
            ended(errand, view, failure);
          } else if (!closed) {
            followOn(errand.withPatience(Errand.PATIENCE.toNanos()));
          }
        });
  }

  private void followOn(Errand errand) {
    try {
      follow(errand, end(errand.request().getId()));
    } catch (RuntimeException e) {
      refuse(errand, e);
    }
  }

  private void refuse(Errand errand, @Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    Refusal refusal;
    if (cause instanceof Refusal known) {
      refusal = known;
    } else {
      LOG.error("A start failed", cause);
      refusal = new Refusal(Refusal.Code.INTERNAL, "the server failed at this request");
    }
    outcomes.refused(errand, RunMessages.refused(errand.request(), refusal));
  }

  /** Follows nothing any more. */
  @Override
  public void close() {
    closed = true;
    List.copyOf(waits).forEach(wait -> wait.cancel(false));
  }
}
