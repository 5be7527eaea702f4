package dev.capstan.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of a request, read at most once, when somebody wants it. For the request's thread. */
final class RequestBytes {
  private final ServerRequest request;
  private final HttpSettings settings;
  private final Deadlines deadlines;
  private byte @Nullable [] read;

  RequestBytes(ServerRequest request, HttpSettings settings, Deadlines deadlines) {
    this.request = request;
    this.settings = settings;
    this.deadlines = deadlines;
  }

  /** The body; empty without one. */
  byte[] read() {
    byte[] known = read;
    if (known != null) {
      return known;
    }
    byte[] bytes =
        request.content().hasEntity() ? read(request.content().inputStream()) : new byte[0];
    if (bytes.length > settings.maxRequestBody()) {
      throw TransportGuard.tooLarge(settings);
    }
    deadlines.disarm();
    read = bytes;
    return bytes;
  }

  private byte[] read(InputStream in) {
    try {
      byte[] bytes = in.readNBytes(settings.maxRequestBody() + 1);
      if (bytes.length > settings.maxRequestBody()) {
        linger(in);
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RequestException | UncheckedIOException e) {
      throw e;
    } catch (DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("The client sent half a body", e);
    } catch (RuntimeException e) {
      throw new HttpFault(
          HttpFault.Code.MALFORMED_HTTP,
          "the body is not in chunks as RFC 9112 has them",
          null,
          Map.of("Connection", "close"));
    }
  }

  /** Lets a client that sends too much come to read the answer. */
  private void linger(InputStream in) {
    try (Deadlines.Armed _ = deadlines.arm(TransportGuard.LINGER)) {
      in.skipNBytes(TransportGuard.LINGER_BYTES);
    } catch (IOException | RuntimeException e) {
      // The deadline ends it by an interrupt, which must not end the answer too.
      Thread.interrupted();
    }
  }
}
