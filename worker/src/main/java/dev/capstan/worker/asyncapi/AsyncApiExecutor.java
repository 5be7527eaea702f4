package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Distrust;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.Resources;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Runs {@code call:asyncapi} (DSL reference, AsyncAPI Call): sends a message, whose output is that
 * message, or hands over the messages of a subscription until it is cancelled. A document that
 * can't be fetched, and a broker that fails, are {@code communication} errors; a document that does
 * not describe what is asked for is a {@code configuration} error.
 */
public final class AsyncApiExecutor implements Executor {

  /** For a connection to be made and a message to be taken. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final dev.capstan.worker.http.Transport web;
  private final Documents documents;
  private final Transports transports;

  private AsyncApiExecutor(
      dev.capstan.worker.http.Transport web, Documents documents, Transports transports) {
    this.web = web;
    this.documents = documents;
    this.transports = transports;
  }

  /** Documents and messages are as large as {@code limits} lets responses be. */
  public static AsyncApiExecutor of(
      dev.capstan.worker.http.Transport web, Resources resources, Limits limits) {
    return new AsyncApiExecutor(
        web,
        new Documents(resources, limits.responseBytes(), System::nanoTime),
        Transports.all(web, limits.responseBytes()));
  }

  @Override
  public List<String> kinds() {
    return List.of("call:asyncapi");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    Secrets secrets = new Secrets();
    boolean subscribes = !arguments.get("subscription").isMissingNode();
    ApiDocument.Target target = target(arguments, !subscribes);
    Server server = Server.of(target, arguments, transports);
    Transport transport = transports.of(server.protocol());
    if (transport == null) {
      throw Documents.fault(
          "The server speaks '"
              + server.protocol()
              + "'; this node speaks "
              + String.join(", ", transports.protocols())
              + ".");
    }
    Messages messages = new Messages(target);
    Endpoint endpoint =
        Route.of(
            target,
            server,
            messages,
            arguments,
            Access.of(arguments.get("authentication"), secrets, web.authenticator(), server.uri()));
    try {
      if (subscribes) {
        return Consumer.run(attempt, () -> transport.subscribe(endpoint, PATIENCE), messages);
      }
      return new Outcome.Completed(
          publish(attempt, transport, endpoint, messages, arguments.object("message")));
    } catch (IOException e) {
      return new Outcome.Faulted(broken(server, e, secrets));
    } catch (TaskFault e) {
      Fault fault = e.fault();
      return new Outcome.Faulted(
          new Fault(fault.type(), fault.status(), fault.title(), secrets.redact(fault.detail())));
    }
  }

  private ApiDocument.Target target(Arguments arguments, boolean sends)
      throws InterruptedException {
    JsonNode from = arguments.object("document").path("endpoint");
    if (from.isMissingNode() || from.isNull()) {
      throw Arguments.wrong("'document.endpoint' is required.");
    }
    ApiDocument document = documents.get(from);
    String operation = arguments.optionalText("operation");
    return operation == null
        ? document.channel(arguments.text("channel"), sends)
        : document.operation(operation);
  }

  private static JsonNode publish(
      Attempt attempt, Transport transport, Endpoint endpoint, Messages messages, JsonNode message)
      throws IOException, InterruptedException {
    JsonNode payload = message.path("payload");
    JsonNode headers = message.path("headers").isObject() ? message.path("headers") : Json.object();
    WireMessage outgoing = messages.outgoing(payload, headers);
    if (!attempt.idempotencyKey().isEmpty()
        && Protocols.family(endpoint.protocol()).equals("http")) {
      outgoing.headers().putIfAbsent("Idempotency-Key", attempt.idempotencyKey());
    }
    transport.publish(endpoint, outgoing, PATIENCE);
    return Messages.shown(payload, headers, outgoing.correlationId());
  }

  private static Fault broken(Server server, IOException e, Secrets secrets) {
    String distrust = Distrust.of(e);
    String broke = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String why = distrust == null ? broke : distrust + ".";
    return ErrorType.COMMUNICATION.fault(
        "No messages",
        secrets.redact(
            server.protocol() + " at " + server.uri().getRawAuthority() + " failed: " + why));
  }

  @Override
  public void close() {
    web.close();
  }
}
