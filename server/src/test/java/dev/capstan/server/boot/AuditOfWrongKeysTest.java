package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.DetectNodeFailureRequest;
import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.ApiKey;
import dev.capstan.server.gateway.Views.AuditEntry;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever tries to get in with a wrong API key stands in the audit, without a secret. */
class AuditOfWrongKeysTest {
  private static final String OTHER_SECRET = "hunter2-of-another-system";

  @TempDir Path directory;

  @Test
  void overHttpAndGrpc() throws Exception {
    ApiKey wrong = ApiKey.fresh(new SecureRandom());
    try (LoneCluster cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
        HttpClient http =
            HttpClient.newBuilder()
                .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
                .build()) {
      Http api = new Http(http, cluster);
      assertThat(api.get("/v1/nodes", wrong.text()).statusCode()).isEqualTo(401);
      assertThat(api.get("/v1/cluster", wrong.text()).statusCode()).isEqualTo(401);
      assertThat(call(cluster, wrong.text())).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(api.get("/v1/nodes", OTHER_SECRET).statusCode()).isEqualTo(401);
      assertThat(api.get("/v1/nodes", null).statusCode()).isEqualTo(401);
      assertThat(call(cluster, null)).isEqualTo(Status.Code.UNAUTHENTICATED);

      await()
          .untilAsserted(() ->
              assertThat(entries(cluster))
                  .as("none for no key")
                  .containsOnly(
                      "key:"
                          + wrong.id()
                          + " c1 refused UNKNOWN: The cluster does not know this API key; from"
                          + " 127.0.0.1",
                      "key: c1 refused MALFORMED: What the request shows is no API key; from"
                          + " 127.0.0.1"));
      String metrics = api.get("/metrics", cluster.key.text()).body();
      assertThat(metrics)
          .contains("capstan_api_keys_refused_total{reason=\"unknown\"} 3")
          .contains("capstan_api_keys_refused_total{reason=\"malformed\"} 1")
          .contains("capstan_api_keys_refused_total{reason=\"missing\"} 2");
      String secret = wrong.text().substring(wrong.text().lastIndexOf('_') + 1);
      assertThat(cluster.audit().toString()).doesNotContain(secret, OTHER_SECRET);
    }
  }

  private static List<String> entries(LoneCluster cluster) {
    return cluster.audit().stream()
        .filter(entry -> entry.operation().equals("api.authenticate"))
        .map(AuditOfWrongKeysTest::line)
        .toList();
  }

  private static String line(AuditEntry entry) {
    return String.join(
        " ", entry.principal(), entry.object(), entry.result(), String.valueOf(entry.detail()));
  }

  private static Status.Code call(LoneCluster cluster, @Nullable String key) throws Exception {
    Metadata headers = new Metadata();
    if (key != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    }
    try {
      Object _ =
          DistributedEngineGrpc.newBlockingStub(cluster.channel(NodeKeys.none()))
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .detectNodeFailure(DetectNodeFailureRequest.getDefaultInstance());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  private record Http(HttpClient client, LoneCluster cluster) {
    HttpResponse<String> get(String path, @Nullable String key) throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
              URI.create("https://127.0.0.1:" + cluster.config.node().httpPort() + path));
      if (key != null) {
        request.header("Authorization", "Bearer " + key);
      }
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }
}
