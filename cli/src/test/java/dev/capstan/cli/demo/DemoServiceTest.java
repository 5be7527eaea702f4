package dev.capstan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DemoServiceTest {
  private static HttpResponse<String> send(
      DemoService service, String method, String path, String body, String key)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path))
              .method(method, BodyPublishers.ofString(body))
              .header("Idempotency-Key", key)
              .build();
      return client.send(request, BodyHandlers.ofString());
    }
  }

  private static DemoService service(double failureRate) throws IOException {
    return Objects.requireNonNull(DemoService.start(0, new Chance(7, failureRate), _ -> {}));
  }

  @Test
  void aRequestIsCarriedOutOnceForEachKey() throws IOException, InterruptedException {
    try (DemoService service = service(0)) {
      String reservation = "{\"orderId\":\"o1\",\"sku\":\"rope\",\"quantity\":2}";
      assertThat(send(service, "POST", "/inventory/reserve", reservation, "k1").statusCode())
          .isEqualTo(201);
      assertThat(send(service, "POST", "/inventory/reserve", reservation, "k1").statusCode())
          .isEqualTo(201);
      assertThat(send(service, "GET", "/inventory/rope", "", "k2").body()).contains("998");
      assertThat(send(service, "DELETE", "/inventory/reserve/o1", "", "k3").body())
          .contains("\"released\":1");
      assertThat(send(service, "GET", "/inventory/rope", "", "k4").body()).contains("1000");
    }
  }

  @Test
  void theSameSeedFailsInTheSameWayAndNeverMoreThanThreeTimesInARow() {
    List<Boolean> first = failures();

    assertThat(failures()).isEqualTo(first).contains(true, false);
    assertThat(longestRun(first)).isLessThanOrEqualTo(3);
  }

  private static List<Boolean> failures() {
    Chance chance = new Chance(42, 0.7);
    List<Boolean> failures = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      failures.add(chance.fails("POST /payments"));
    }
    return failures;
  }

  private static int longestRun(List<Boolean> failures) {
    int longest = 0;
    int run = 0;
    for (boolean failed : failures) {
      run = failed ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  @Test
  void aSecondServiceOnThePortFindsTheFirst() throws IOException {
    try (DemoService first = service(0)) {
      assertThat(DemoService.start(first.port(), new Chance(7, 0), _ -> {})).isNull();
    }
  }

  @Test
  void wrongRequestsAreToldSo() throws IOException, InterruptedException {
    try (DemoService service = service(0)) {
      assertThat(
              send(service, "POST", "/payments", "{\"orderId\":\"o1\",\"amount\":0}", "k1")
                  .statusCode())
          .isEqualTo(400);
      assertThat(send(service, "POST", "/payments", "no json", "k2").statusCode()).isEqualTo(400);
      assertThat(send(service, "GET", "/nothing", "", "k3").statusCode()).isEqualTo(404);
    }
  }
}
