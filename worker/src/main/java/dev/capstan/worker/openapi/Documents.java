package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.http.KeptDocuments;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Resources.Resource;
import java.util.function.LongSupplier;

/** Documents by where they are, kept for a few seconds. Safe for concurrent use. */
final class Documents {

  private final KeptDocuments<ApiDocument> kept;

  /**
   * @param limit of a document, in bytes
   */
  Documents(Resources resources, int limit, LongSupplier nanoTime) {
    this.kept =
        new KeptDocuments<>(
            endpoint -> {
              Resource resource = resources.find(endpoint, "document.endpoint", limit);
              return new KeptDocuments.Document<>(
                  ApiDocument.of(resource.content(), resource.uri()), resource.content().length);
            },
            nanoTime);
  }

  /**
   * The document at an endpoint.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code communication} when the server
   *     does not hand it out, {@code configuration} when it is not one
   */
  ApiDocument get(JsonNode endpoint) throws InterruptedException {
    return kept.get(endpoint);
  }
}
