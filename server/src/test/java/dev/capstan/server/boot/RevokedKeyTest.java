package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static dev.capstan.server.boot.LoneCluster.ADMIN;
import static dev.capstan.server.boot.LoneCluster.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.KeyDesk.IssuedKey;
import dev.capstan.server.gateway.KeyRole;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was opened with an API key ends when the key is revoked; what others have opened goes on.
 */
class RevokedKeyTest {
  private static final String WAITING =
      """
      document: {dsl: '1.0.3', namespace: test, name: waiting, version: '1.0.0'}
      do:
        - never: {listen: {to: {one: {with: {type: test.never}}}}}
      """;

  @TempDir Path directory;

  private LoneCluster cluster;
  private HttpClient http;
  private KeyDesk keys;
  private IssuedKey ann;
  private IssuedKey bob;

  @BeforeEach
  void start() throws Exception {
    cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
    http =
        HttpClient.newBuilder()
            .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
            .build();
    keys = cluster.coordinator.gateway().keys();
    ann = keys.issue(ADMIN, "ann", KeyRole.ADMINISTRATOR).join();
    bob = keys.issue(ADMIN, "bob", KeyRole.ADMINISTRATOR).join();
    Object _ = cluster.coordinator.gateway().deploy(ADMIN, WAITING, "flow").join();
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    cluster.close();
  }

  private void revoke(IssuedKey key) {
    keys.revoke(ADMIN, key.key().id()).join();
  }

  @Test
  void aStreamOfStarts() throws Exception {
    Starts hers = new Starts(ann);
    Starts his = new Starts(bob);
    hers.ask("a1");
    his.ask("b1");
    hers.awaitReply("a1");
    his.awaitReply("b1");

    revoke(ann);

    assertThat(hers.ended)
        .succeedsWithin(PATIENCE)
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(hers.ended.join().getDescription()).contains("API key");
    his.ask("b2");
    his.awaitReply("b2");
    assertThat(his.ended).isNotDone();
  }

  @Test
  void eventsThatAreSentOverHttp() throws Exception {
    Starts his = new Starts(bob);
    his.ask("before-it");
    his.awaitReply("before-it");
    Lines hers = new Lines(request(ann, "/v1/events").build());
    Lines herHistory = new Lines(stream(ann, "/v1/executions/before-it/history"));
    Lines events = new Lines(stream(bob, "/v1/events"));
    hers.await(": nothing is missed");
    events.await(": nothing is missed");
    herHistory.await("event: history");

    revoke(ann);

    assertThat(hers.ended).succeedsWithin(PATIENCE);
    assertThat(herHistory.ended).succeedsWithin(PATIENCE);
    his.ask("after-it");
    events.await("after-it");
    assertThat(events.ended).isNotDone();
    assertThat(hers.all).noneMatch(line -> line.contains("after-it"));
  }

  @Test
  void aRequestThatWaits() throws Exception {
    Starts his = new Starts(bob);
    his.ask("w1");
    his.awaitReply("w1");
    CompletableFuture<HttpResponse<String>> hers =
        http.sendAsync(
            request(ann, "/v1/executions/w1?wait=60s").build(),
            HttpResponse.BodyHandlers.ofString());
    await().until(() -> hers.isDone() || get(bob, "/metrics").body().contains("capstan_waits 1"));
    assertThat(hers).isNotDone();

    revoke(ann);

    // A client may ask again by itself when its connection breaks before an answer.
    assertThat(hers.handle((answer, broken) -> broken == null ? answer.statusCode() : 401))
        .succeedsWithin(PATIENCE)
        .isEqualTo(401);
  }

  private HttpResponse<String> get(IssuedKey key, String path) throws Exception {
    return http.send(request(key, path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest stream(IssuedKey key, String path) {
    return request(key, path).header("Accept", "text/event-stream").build();
  }

  private HttpRequest.Builder request(IssuedKey key, String path) {
    return HttpRequest.newBuilder(
            URI.create("https://127.0.0.1:" + cluster.config.node().httpPort() + path))
        .header("Authorization", "Bearer " + key.text());
  }

  /** A stream of starts. */
  private final class Starts implements StreamObserver<RunReply> {
    final CompletableFuture<Status> ended = new CompletableFuture<>();
    private final List<String> accepted = new CopyOnWriteArrayList<>();
    private final StreamObserver<RunRequest> requests;

    private Starts(IssuedKey key) throws IOException {
      ManagedChannel channel = cluster.channel(NodeKeys.none());
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
          "Bearer " + key.text());
      requests =
          ExecutionsGrpc.newStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .run(this);
    }

    private void ask(String id) {
      requests.onNext(
          RunRequest.newBuilder()
              .setNamespace("test")
              .setName("waiting")
              .setId(id)
              .setAcknowledge(true)
              .build());
    }

    private void awaitReply(String id) {
      await().until(() -> accepted.contains(id) || ended.isDone());
      assertThat(accepted).as("%s", ended).contains(id);
    }

    @Override
    public void onNext(RunReply reply) {
      assertThat(reply.hasAccepted()).as("%s", reply).isTrue();
      accepted.add(reply.getId());
    }

    @Override
    public void onError(Throwable error) {
      ended.complete(Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }

  /** Server-sent events, line by line. */
  private final class Lines {
    final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    final List<String> all = new CopyOnWriteArrayList<>();

    private Lines(HttpRequest request) {
      Object _ = Thread.ofVirtual().start(() -> read(request));
    }

    private void read(HttpRequest request) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(),
                  StandardCharsets.UTF_8))) {
        lines.lines().forEach(all::add);
      } catch (IOException | UncheckedIOException broken) {
        all.add("broken: " + broken);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        ended.complete(true);
      }
    }

    private void await(String part) {
      dev.capstan.server.Patience.await()
          .until(() -> all.stream().anyMatch(line -> line.contains(part)) || ended.isDone());
      assertThat(all).anyMatch(line -> line.contains(part));
    }
  }
}
