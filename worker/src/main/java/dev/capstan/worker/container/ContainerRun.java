package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.process.ProgramOutput;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of one container. Used by one thread. */
final class ContainerRun {

  private static final Logger LOG = LoggerFactory.getLogger(ContainerRun.class);

  /** For the rest of the output to be read: it ends with the container's last process. */
  private static final Duration REST = Duration.ofSeconds(10);

  private final Engine engine;
  private final RegistryLogins logins;
  private final ContainerRequest request;
  private final Attempt attempt;

  ContainerRun(Engine engine, RegistryLogins logins, ContainerRequest request, Attempt attempt) {
    this.engine = engine;
    this.logins = logins;
    this.request = request;
    this.attempt = attempt;
  }

  /** Runs it to its end. */
  Outcome toEnd(Limits limits) throws IOException, InterruptedException {
    String id = made();
    ProgramOutput output = new ProgramOutput(attempt, request.program().returned(), limits);
    AtomicBoolean tooMuch = new AtomicBoolean();
    Taken taken =
        new Taken((stream, bytes, length) -> {
          if (!output.take(stream, bytes, length) && tooMuch.compareAndSet(false, true)) {
            kill(id);
          }
        });
    try (Streams streams = started(id, taken)) {
      int exitCode = engine.exitCode(id);
      streams.await(REST);
      if (!request.program().stdin().isEmpty() && !tooMuch.get()) {
        takeRest(id, taken);
      }
      try {
        Leftovers.finish(engine, id, request.lifetime());
      } catch (IOException e) {
        LOG.warn("Container {} has ended and could not be removed; tried again", id, e);
      }
      return output.outcome(exitCode);
    }
  }

  private void takeRest(String id, Taken taken) {
    try {
      engine.log(id, taken.rest());
    } catch (IOException e) {
      LOG.debug("Container {} has no log: {}", id, e.getMessage());
    }
  }

  /** While the output is read on: an engine may wait for that before it lets a container end. */
  private void kill(String id) {
    Thread.ofVirtual()
        .name("capstan-container-kill")
        .start(() -> {
          try {
            engine.kill(id);
          } catch (IOException e) {
            LOG.warn("Container {} writes too much and could not be killed", id, e);
          }
        });
  }

  /** Starts it; the caller waits for its end and closes its streams. */
  Background start() throws IOException, InterruptedException {
    String id = made();
    return new Background(engine, id, request, started(id, (_, _, _) -> {}));
  }

  /** One that nobody waits for. */
  record Background(Engine engine, String id, ContainerRequest request, Streams streams) {}

  private Streams started(String id, Frames.Sink sink) throws IOException {
    // Before it is started, so that nothing it says is lost.
    Exchange attached = engine.attach(id, !request.program().stdin().isEmpty());
    try {
      engine.start(id);
      return Streams.of(attached, request.program().stdin(), sink);
    } catch (EngineRefusal e) {
      attached.close();
      throw EngineFaults.of(request, e);
    } catch (IOException | RuntimeException e) {
      attached.close();
      throw e;
    }
  }

  private String made() throws IOException, InterruptedException {
    ObjectNode body = request.of(image());
    try {
      return engine.create(request.name(), body);
    } catch (EngineRefusal e) {
      if (!removedEarlier(body)) {
        throw EngineFaults.of(request, e);
      }
    }
    try {
      return engine.create(request.name(), body);
    } catch (EngineRefusal e) {
      throw EngineFaults.of(request, e);
    }
  }

  /** An earlier attempt of this task may have left a container under the name that both want. */
  private boolean removedEarlier(ObjectNode body) throws IOException {
    Optional<JsonNode> holder = engine.inspect(request.name());
    if (holder.isEmpty()
        || !Labels.areEarlier(holder.get().path("Config").path("Labels"), body.path("Labels"))) {
      return false;
    }
    engine.remove(holder.get().path("Id").asText());
    return true;
  }

  private JsonNode image() throws IOException, InterruptedException {
    return switch (request.pull()) {
      case ALWAYS -> pulled();
      case NEVER ->
          engine.image(request.image()).orElseThrow(() -> EngineFaults.notHere(request.image()));
      case IF_NOT_PRESENT -> {
        Optional<JsonNode> here = engine.image(request.image());
        yield here.isPresent() ? here.get() : pulled();
      }
    };
  }

  private JsonNode pulled() throws IOException, InterruptedException {
    String login = login();
    try {
      engine.pull(
          request.image(),
          login,
          step -> attempt.progress(-1, "Pulling " + request.image() + ": " + step));
    } catch (EngineRefusal e) {
      throw EngineFaults.notPulled(request.image(), e);
    }
    return engine.image(request.image()).orElseGet(Json::object);
  }

  private String login() throws InterruptedException {
    try {
      return logins.of(request.image());
    } catch (ClosedByInterruptException cancelled) {
      throw new InterruptedException();
    } catch (IOException e) {
      throw EngineFaults.noLogin(request.image(), e);
    }
  }
}
