package dev.capstan.server.http;

import static dev.capstan.server.Patience.await;
import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HistoryStreamTest {
  private static final JsonNode OUTPUT = JsonNodeFactory.instance.objectNode();

  private TestServer server;

  @BeforeAll
  void start() {
    server =
        new TestServer(s ->
            TestServer.bounds(s, 1 << 20, 64, 64, Duration.ofSeconds(5), Duration.ofMillis(50)));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private String path(String id) {
    return "/v1/executions/" + id + "/history";
  }

  @Test
  void aHistoryIsReadInPagesUpToItsEnd() {
    String id = server.start();
    server.gateway.append(id, "task.created", "build");
    server.gateway.append(id, "task.started", "build");

    JsonNode first = json(server.get(path(id) + "?limit=2"));
    JsonNode second = json(server.get(path(id) + "?limit=2&from=" + first.get("next").longValue()));

    assertThat(first.get("events"))
        .extracting(e -> e.get("type").textValue())
        .containsExactly("execution.started", "task.created");
    assertThat(second.at("/events/0/task").textValue()).isEqualTo("build");
    assertThat(second.at("/events/0/reference").textValue()).isEqualTo("/do/0/build");
    assertThat(second.has("next")).isFalse();
  }

  @Test
  void aStreamSendsWhatIsThereThenWhatHappensThenTheEnd() throws IOException {
    String id = server.start();
    try (EventStream stream = EventStream.open(server, path(id), null)) {
      assertThat(stream.response.headers().firstValue("Content-Type"))
          .hasValue("text/event-stream");
      EventStream.Block started = stream.next("history");
      assertThat(started.field("id")).isEqualTo("0");

      await().until(() -> server.gateway.watchers(id) == 1);
      server.gateway.print(id, "hello\n");
      server.gateway.progress(id, 0.5, "half");
      server.gateway.append(id, "task.completed", "build");
      server.gateway.complete(id, OUTPUT);

      List<EventStream.Block> rest = stream.rest();
      assertThat(rest)
          .extracting(b -> b.field("event"))
          .containsExactly("output", "progress", "history", "history", "end");
      assertThat(rest).extracting(b -> b.field("id")).containsExactly(null, null, "1", "2", null);
      assertThat(json(String.valueOf(rest.get(0).field("data"))).get("text").textValue())
          .isEqualTo("hello\n");
      assertThat(json(String.valueOf(rest.get(1).field("data"))).get("fraction").doubleValue())
          .isEqualTo(0.5);
      assertThat(json(String.valueOf(rest.get(4).field("data"))).get("status").textValue())
          .isEqualTo("completed");
    }
  }

  @Test
  void aStreamGoesOnAfterTheLastEventId() throws IOException {
    String id = server.start();
    server.gateway.append(id, "task.created", "build");
    server.gateway.complete(id, OUTPUT);

    try (EventStream stream = EventStream.open(server, path(id), "0")) {
      assertThat(stream.rest()).extracting(b -> b.field("id")).containsExactly("1", "2", null);
    }
    try (EventStream stream = EventStream.open(server, path(id), "2")) {
      assertThat(stream.rest()).extracting(b -> b.field("event")).containsExactly("end");
    }
  }

  @Test
  void aStreamOnWhichNothingHappensSendsComments() throws IOException {
    String id = server.start();
    try (EventStream stream = EventStream.open(server, path(id), "0")) {
      EventStream.Block block = stream.next();
      while (block != null && !block.isComment()) {
        block = stream.next();
      }
      assertThat(block).isNotNull();
    }
  }

  @Test
  void aStreamOfNothingIsAProblemBeforeItBegins() throws IOException {
    try (EventStream stream = EventStream.open(server, path("nobody"), null)) {
      assertThat(stream.response.statusCode()).isEqualTo(404);
      assertThat(stream.response.headers().firstValue("Content-Type"))
          .hasValue("application/problem+json");
    }
  }

  @Test
  void aSlowReaderGetsEveryEntryAndIsToldHowMuchOutputItMissed() throws IOException {
    String id = server.start();
    int pieces = 4000;
    String text = "x".repeat(4000);
    try (EventStream stream = EventStream.open(server, path(id), null)) {
      await().until(() -> server.gateway.watchers(id) == 1);
      for (int i = 0; i < pieces; i++) {
        server.gateway.print(id, text);
        if (i % 100 == 0) {
          server.gateway.append(id, "task.started", "build");
        }
      }
      server.gateway.complete(id, OUTPUT);

      List<EventStream.Block> all = stream.rest();
      List<Long> indexes = new ArrayList<>();
      long sent = 0;
      long lost = 0;
      for (EventStream.Block block : all) {
        switch (String.valueOf(block.field("event"))) {
          case "history" -> indexes.add(Long.parseLong(String.valueOf(block.field("id"))));
          case "output" -> sent++;
          case "gap" ->
              lost += json(String.valueOf(block.field("data"))).get("outputLost").longValue();
          default -> assertThat(block.field("event")).isEqualTo("end");
        }
      }
      assertThat(indexes).isEqualTo(LongStream.rangeClosed(0, 41).boxed().toList());
      assertThat(lost).isPositive();
      assertThat(sent + lost).isLessThanOrEqualTo(pieces);
    }
  }

  @Test
  void aReaderThatTakesNothingLosesItsConnection() throws IOException {
    try (TestServer impatient =
        new TestServer(s ->
            TestServer.bounds(s, 1 << 20, 64, 64, Duration.ofSeconds(2), Duration.ofMillis(50)))) {
      String id = impatient.start();
      String request =
          "GET " + path(id) + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
      try (Socket socket = impatient.raw(request)) {
        await().until(() -> impatient.gateway.watchers(id) == 1);
        String text = "x".repeat(100_000);
        await()
            .pollInterval(Duration.ofMillis(5))
            .until(() -> {
              impatient.gateway.print(id, text);
              return impatient.gateway.watchers(id) == 0 && socket.isConnected();
            });
        assertThat(impatient.get("/livez").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void manyIdleStreamsLeaveRoomForRequests() throws IOException {
    try (TestServer busy =
        new TestServer(s ->
            TestServer.bounds(
                s, 1 << 20, 4, 1000, Duration.ofSeconds(5), Duration.ofSeconds(60)))) {
      String id = busy.start();
      List<Socket> sockets = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        sockets.add(
            busy.raw(
                "GET "
                    + path(id)
                    + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"));
      }
      await().until(() -> busy.gateway.watchers(id) == 300);
      assertThat(busy.get("/v1/executions/" + id).statusCode()).isEqualTo(200);

      busy.gateway.complete(id, OUTPUT);
      for (Socket socket : sockets) {
        byte[] head = socket.getInputStream().readNBytes(15);
        assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
        socket.close();
      }
    }
  }

  @Test
  void moreStreamsThanAllowedAreRefusedWithTheSetting() throws IOException {
    try (TestServer small =
        new TestServer(s ->
            TestServer.bounds(s, 1 << 20, 4, 1, Duration.ofSeconds(5), Duration.ofSeconds(60)))) {
      String id = small.start();
      try (EventStream first = EventStream.open(small, path(id), null)) {
        assertThat(first.response.statusCode()).isEqualTo(200);
        try (EventStream second = EventStream.open(small, path(id), null)) {
          assertThat(second.response.statusCode()).isEqualTo(429);
          assertThat(second.response.headers().firstValue("Retry-After")).hasValue("1");
        }
      }
    }
  }

  @Test
  void stoppingTheServerEndsStreams() throws IOException {
    TestServer stopping = new TestServer();
    String id = stopping.start();
    try (EventStream stream = EventStream.open(stopping, path(id), null)) {
      await().until(() -> stopping.gateway.watchers(id) == 1);
      stopping.server.close();

      assertThat(stream.rest()).extracting(b -> b.field("event")).containsExactly("history");
    } finally {
      stopping.close();
    }
  }
}
