package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Reads external resources of the specification: files of this node and what HTTP servers hold. */
public final class Resources implements AutoCloseable {

  /**
   * What was found.
   *
   * @param uri where it was found: after redirections, without what may be secret but its query
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Resource(URI uri, byte[] content) {}

  private final Transport transport;

  public Resources(Transport transport) {
    this.transport = transport;
  }

  /**
   * The content of a resource.
   *
   * @param endpoint a URI, or an object of a URI and an authentication
   * @param field names the endpoint in errors
   * @throws TaskFault of type {@code configuration} when it can't be read as it is written, {@code
   *     communication} when the server fails
   */
  public byte[] read(JsonNode endpoint, String field, int limit) throws InterruptedException {
    return find(endpoint, field, limit).content();
  }

  /** Like {@link #read}, and tells where the resource was found in the end. */
  public Resource find(JsonNode endpoint, String field, int limit) throws InterruptedException {
    JsonNode uri = endpoint.isObject() ? endpoint.path("uri") : endpoint;
    if (uri.isTextual() && uri.textValue().toLowerCase(Locale.ROOT).startsWith("file:")) {
      byte[] content = file(uri.textValue(), field, limit);
      return new Resource(URI.create(uri.textValue()), content);
    }
    Answer answer = transport.send(HttpCall.fetch(endpoint, field), limit);
    if (answer.status() < 200 || answer.status() > 299) {
      throw new TaskFault(Failures.of(answer));
    }
    return new Resource(answer.request().uri(), answer.content());
  }

  private static byte[] file(String uri, String field, int limit) {
    try (InputStream in = Files.newInputStream(Path.of(URI.create(uri)))) {
      byte[] content = in.readNBytes(limit);
      if (in.read() >= 0) {
        throw Arguments.wrong(
            "'" + field + "' is larger than the limit of " + limit + " bytes: " + uri);
      }
      return content;
    } catch (IOException | IllegalArgumentException e) {
      throw Arguments.wrong(
          "'"
              + field
              + "' can't be read on this node: "
              + uri
              + " ("
              + e.getClass().getSimpleName()
              + ")");
    }
  }

  @Override
  public void close() {
    transport.close();
  }
}
