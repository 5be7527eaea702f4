package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs {@code run:container} (DSL reference, Container Process) with an engine of this node, for as
 * long as one answers.
 *
 * <p>When an attempt is cancelled or fails before its container has ended, the container is stopped
 * and removed. What a worker that died has left is removed by the next one of the same node.
 */
public final class ContainerExecutor implements Executor {

  private static final Logger LOG = LoggerFactory.getLogger(ContainerExecutor.class);

  /** For an engine to stop and remove one, beyond what the container is given. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Limits limits;
  private final RegistryLogins logins;
  private final Leftovers leftovers;
  private final EngineWatch watch;
  private final BackgroundContainers background;

  /**
   * An executor that uses the first of the sockets behind which an engine answers.
   *
   * @param environment variables by which Docker's file of logins and its helpers are found
   * @param owner marks the containers of this node; the same after a restart, and no other worker's
   *     on this machine
   */
  public ContainerExecutor(
      List<Path> sockets, Map<String, String> environment, String owner, Limits limits) {
    this.limits = limits;
    this.logins = RegistryLogins.of(environment);
    this.leftovers = new Leftovers(owner, limits.killGrace());
    this.background = new BackgroundContainers(limits.backgroundProcesses(), leftovers);
    this.watch = new EngineWatch(sockets, leftovers);
  }

  @Override
  public List<String> kinds() {
    return watch.isThere() ? List.of("run:container") : List.of();
  }

  @Override
  public Outcome run(Attempt attempt) throws IOException, InterruptedException {
    ContainerRequest request = ContainerRequest.of(attempt, leftovers.owner());
    Engine engine = watch.require();
    try {
      return request.program().awaited()
          ? awaited(engine, request, attempt)
          : started(engine, request, attempt);
    } catch (ClosedByInterruptException cancelled) {
      throw cancelled;
    } catch (EngineRefusal e) {
      throw EngineFaults.of(request, e);
    } catch (IOException e) {
      watch.lookAgain();
      throw EngineFaults.broken(e);
    }
  }

  private Outcome awaited(Engine engine, ContainerRequest request, Attempt attempt)
      throws IOException, InterruptedException {
    boolean ended = false;
    leftovers.begin(request.run());
    try {
      Outcome outcome = new ContainerRun(engine, logins, request, attempt).toEnd(limits);
      ended = true;
      return outcome;
    } finally {
      if (!ended) {
        discard(engine, request);
      }
      given(request);
    }
  }

  private Outcome started(Engine engine, ContainerRequest request, Attempt attempt)
      throws IOException, InterruptedException {
    boolean started = false;
    background.enter();
    leftovers.begin(request.run());
    try {
      background.watch(
          new ContainerRun(engine, logins, request, attempt).start(), () -> given(request));
      started = true;
      return new Outcome.Completed(NullNode.getInstance());
    } finally {
      if (!started) {
        discard(engine, request);
        background.leave();
        given(request);
      }
    }
  }

  /** Whatever is still to be done for the container is done by the watch. */
  private void given(ContainerRequest request) {
    leftovers.end(request.run());
    if (request.lifetime().cleanup() == Lifetime.Cleanup.EVENTUALLY) {
      watch.lookAgain();
    }
  }

  /** On a thread of its own: this one may be interrupted, which ends every call. */
  private void discard(Engine engine, ContainerRequest request) {
    Thread thread =
        Thread.ofVirtual()
            .name("capstan-container-end")
            .start(() -> {
              try {
                leftovers.discardRun(engine, request.run());
              } catch (IOException e) {
                LOG.warn("A container could not be removed; tried again: {}", e.toString());
              }
            });
    boolean interrupted = Thread.interrupted();
    try {
      boolean _ = thread.join(limits.killGrace().plus(PATIENCE));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    background.close(limits.killGrace());
    watch.close();
  }
}
