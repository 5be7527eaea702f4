package dev.capstan.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.KeySpace;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A coordinator that leads the first of two partitions; the second is led by another one. */
class SeveralLeadersTest {
  private static final KeySpace KEYS = new KeySpace(2);
  private static final String START =
      "{\"input\":{\"id\":\"of the input\"},\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}%s}";

  private final TestServer other = new TestServer();
  private final AtomicInteger confirmed = new AtomicInteger();
  private final TestServer here =
      new TestServer(new Destinations(KEYS, List.of(leader(null), leader(other.uri()))));

  private LeaderLocator leader(@Nullable URI elsewhere) {
    return new OnlyLocator() {
      @Override
      public boolean isHere() {
        return elsewhere == null;
      }

      @Override
      public @Nullable URI address() {
        return elsewhere;
      }

      @Override
      public CompletableFuture<?> confirm() {
        confirmed.incrementAndGet();
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  @AfterEach
  void close() {
    here.close();
    other.close();
  }

  private static String idOf(int partition) {
    return IntStream.range(0, 100)
        .mapToObj(i -> "order-" + i)
        .filter(id -> KEYS.ownerOf(id) == partition)
        .findFirst()
        .orElseThrow();
  }

  private static String keyOf(int partition) {
    return IntStream.range(0, 100)
        .mapToObj(i -> "key-" + i)
        .filter(key -> KEYS.ownerOfKey(key) == partition)
        .findFirst()
        .orElseThrow();
  }

  private boolean knows(TestServer server, String id) {
    return server.get("/v1/executions/" + id).statusCode() == 200;
  }

  @Test
  void anExecutionIsStartedAndAskedForWhereItBelongs() {
    here.deploy();
    other.deploy();
    for (int partition = 0; partition < 2; partition++) {
      String id = idOf(partition);
      assertThat(
              here.post("/v1/executions", START.formatted(",\"id\":\"" + id + "\"")).statusCode())
          .isEqualTo(201);
      assertThat(knows(here, id)).isTrue();
      assertThat(knows(other, id)).isEqualTo(partition == 1);
    }
  }

  @Test
  void aStartWithoutAnIdStaysWhereItCameInUnlessItHasAKey() {
    here.deploy();
    other.deploy();
    String plain =
        TestServer.json(here.post("/v1/executions", START.formatted(""))).get("id").textValue();
    assertThat(knows(other, plain)).isFalse();

    HttpResponse<String> keyed =
        here.send(
            here.request("/v1/executions")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", keyOf(1))
                .POST(BodyPublishers.ofString(START.formatted("")))
                .build());
    assertThat(keyed.statusCode()).isEqualTo(201);
    assertThat(knows(other, TestServer.json(keyed).get("id").textValue())).isTrue();
  }

  @Test
  void whatIsInAllPartitionsIsReadHereWhenAllOfItIsCurrent() {
    assertThat(here.get("/v1/executions").statusCode()).isEqualTo(200);
    assertThat(confirmed).hasValue(2);
  }

  @Test
  void whatBelongsToTheClusterIsAskedOfTheFirst() {
    here.deploy();
    assertThat(here.get("/v1/definitions").body()).contains("order");
    assertThat(other.get("/v1/definitions").body()).doesNotContain("order");
  }
}
