package dev.capstan.server.boot;

import static dev.capstan.server.boot.LoneCluster.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.Tls;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.KeyDesk.IssuedKey;
import dev.capstan.server.gateway.KeyDesk.KeyView;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Refusal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** API keys and their roles, in a cluster with certificates. */
class ApiKeysTest {
  @TempDir Path directory;

  private LoneCluster cluster;
  private KeyDesk keys;

  @BeforeEach
  void start() throws Exception {
    cluster = LoneCluster.start(directory, NodeConfig.ofDefaults());
    keys = cluster.coordinator.gateway().keys();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private int status(String method, String path, String body, String key) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(Tls.httpClient(NodeKeys.none(), cluster.trust()).context())
            .build()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create("https://localhost:" + cluster.coordinator.httpPort() + path))
                  .header("Authorization", "Bearer " + key)
                  .header("Content-Type", "application/json")
                  .method(method, HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  @Test
  void aWorkersKeyTakesWorkAndDoesNothingElse() throws Exception {
    String key = keys.issue(ADMIN, "payments", KeyRole.WORKER).join().text();
    String wanted = "{\"worker\": \"payments\", \"functions\": [\"pay\"]}";

    assertThat(status("POST", "/v1/work?wait=0s", wanted, key)).isEqualTo(200);
    assertThat(status("GET", "/v1/executions", "", key)).isEqualTo(403);
    assertThat(status("POST", "/v1/executions", "{}", key)).isEqualTo(403);
    assertThat(status("GET", "/v1/cluster/keys", "", key)).isEqualTo(403);
    assertThat(status("POST", "/v1/cluster/keys", "{}", key)).isEqualTo(403);
    assertThat(status("GET", "/metrics", "", key)).isEqualTo(403);
    assertThat(status("GET", "/readyz", "", key)).isEqualTo(200);
    assertThat(status("GET", "/v1/executions", "", cluster.key.text())).isEqualTo(200);
  }

  @Test
  void aKeyThatWasRevokedIsWorthNothing() throws Exception {
    IssuedKey made = keys.issue(ADMIN, "ann@example.org", KeyRole.ADMINISTRATOR).join();
    assertThat(status("GET", "/v1/cluster/keys", "", made.text())).isEqualTo(200);

    assertThat(status("DELETE", "/v1/cluster/keys/" + made.key().id(), "", cluster.key.text()))
        .isEqualTo(204);

    assertThat(status("GET", "/v1/cluster/keys", "", made.text())).isEqualTo(401);
    assertThat(keys.keys(ADMIN)).extracting(KeyView::id).containsExactly(cluster.key.id());
    assertThat(cluster.audit())
        .filteredOn(entry -> entry.object().equals(made.key().id()))
        .extracting(entry -> entry.principal() + " " + entry.operation() + " " + entry.detail())
        .containsExactly(
            "admin cluster.revoke-key null",
            "admin cluster.key for ann@example.org, administrator");
    assertThat(cluster.audit().toString()).doesNotContain(made.text());
  }

  @Test
  void theLastAdministratorsKeyStays() {
    IssuedKey _ = keys.issue(ADMIN, "payments", KeyRole.WORKER).join();

    assertThatThrownBy(() -> keys.revoke(ADMIN, cluster.key.id()).join())
        .hasCauseInstanceOf(Refusal.class)
        .hasMessageContaining("last API key of an administrator");
    assertThatThrownBy(() -> keys.revoke(ADMIN, "nobody").join())
        .hasMessageContaining("There is no API key nobody");
    assertThatThrownBy(() -> keys.issue(ADMIN, "a name", KeyRole.WORKER))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("is no name");
  }

  @Test
  void aRequestForAKeyIsRefusedWithWhatIsAllowed() throws Exception {
    assertThat(
            status(
                "POST",
                "/v1/cluster/keys",
                "{\"principal\": \"a\", \"role\": \"king\"}",
                cluster.key.text()))
        .isEqualTo(400);
    assertThat(
            status(
                "POST",
                "/v1/cluster/keys",
                "{\"principal\": \"a\", \"role\": \"worker\"}",
                cluster.key.text()))
        .isEqualTo(201);
  }
}
