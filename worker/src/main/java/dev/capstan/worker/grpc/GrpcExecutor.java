package dev.capstan.worker.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.http.KeptDocuments;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Transport;
import java.util.List;

/**
 * Runs {@code call:grpc} (DSL reference, gRPC call): reads the proto with its imports, finds the
 * method, and calls it with messages made of the arguments. The output is the answer as JSON, or an
 * array of them where the method streams its answers. A proto that can't be fetched is a {@code
 * communication} error, one that does not describe the method a {@code configuration} error,
 * arguments that do not fit the method are a {@code validation} error, and for what the server says
 * see {@link Statuses}. Sends the task's idempotency key as {@code idempotency-key}.
 */
public final class GrpcExecutor implements Executor {

  private final KeptDocuments<Services> protos;
  private final Caller caller;

  /**
   * Calls services whose answers, and whose protos, are as large as {@code limits} lets responses
   * be.
   *
   * @param transport knows the tokens of this node
   * @param version of the worker, told to servers
   */
  public GrpcExecutor(Transport transport, Resources resources, Limits limits, String version) {
    int limit = limits.responseBytes();
    this.protos =
        new KeptDocuments<>(
            endpoint -> {
              Reading reading = new Reading(resources, endpoint, limit);
              Services services = new Services(reading.files());
              return new KeptDocuments.Document<>(services, reading.bytes());
            },
            System::nanoTime);
    this.caller =
        new Caller(transport.authenticator(), new Channels(limit, "capstan/" + version), limit);
  }

  @Override
  public List<String> kinds() {
    return List.of("call:grpc");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    JsonNode endpoint = arguments.object("proto").path("endpoint");
    if (endpoint.isMissingNode() || endpoint.isNull()) {
      throw Arguments.wrong("'proto.endpoint' is required.");
    }
    JsonNode service = arguments.object("service");
    if (!service.path("name").isTextual()) {
      throw Arguments.wrong("'service.name' is required.");
    }
    String method = arguments.text("method");
    Target target = Target.of(service);
    Services services = protos.get(endpoint);
    return caller.call(
        attempt,
        new Call(
            target,
            services.method(service.path("name").textValue(), method),
            new Messages(services.types()),
            arguments.object("arguments"),
            service.path("authentication")));
  }

  @Override
  public void close() {
    caller.close();
  }
}
