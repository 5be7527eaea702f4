package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.KeptDocuments;
import dev.capstan.worker.http.Resources;
import java.util.function.LongSupplier;

/** AsyncAPI documents by where they are, kept for a few seconds. Safe for concurrent use. */
final class Documents {

  private final KeptDocuments<ApiDocument> kept;

  /**
   * @param limit of a document, in bytes
   */
  Documents(Resources resources, int limit, LongSupplier nanoTime) {
    this.kept =
        new KeptDocuments<>(
            endpoint -> {
              Resources.Resource resource = resources.find(endpoint, "document.endpoint", limit);
              return new KeptDocuments.Document<>(
                  ApiDocument.of(resource.content(), resource.uri()), resource.content().length);
            },
            nanoTime);
  }

  /**
   * The document at an endpoint.
   *
   * @throws TaskFault of type {@code communication} when the server does not hand it out, {@code
   *     configuration} when it is not one
   */
  ApiDocument get(JsonNode endpoint) throws InterruptedException {
    return kept.get(endpoint);
  }

  /** The document does not describe what is asked for. */
  static TaskFault fault(String detail) {
    return new TaskFault(ErrorType.CONFIGURATION.fault("Unusable AsyncAPI document", detail));
  }
}
