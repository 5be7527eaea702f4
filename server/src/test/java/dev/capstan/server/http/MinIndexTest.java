package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads that must include an earlier change. */
final class MinIndexTest {
  private final TestServer server = new TestServer();
  private String id = "";

  @BeforeEach
  void begin() {
    id = server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> read(String index) {
    return server.send(
        server.request("/v1/executions/" + id).header("Capstan-Min-Index", index).build());
  }

  @Test
  void anIndexThatIsReachedIsAnswered() {
    String index = server.get("/v1/executions/" + id).headers().firstValue("Capstan-Index").get();
    assertThat(read(index).statusCode()).isEqualTo(200);
  }

  @Test
  void anIndexThatIsNotReachedIsRefusedForNow() {
    HttpResponse<String> refused = read("1000000");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(json(refused).path("code").textValue()).isEqualTo("CAP-6002");
    assertThat(json(refused).path("retryable").booleanValue()).isTrue();
  }

  @Test
  void whatIsNoIndexIsRefused() {
    assertThat(read("soon").statusCode()).isEqualTo(400);
    assertThat(read("-1").statusCode()).isEqualTo(400);
  }
}
