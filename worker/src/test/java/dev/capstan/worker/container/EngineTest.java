package dev.capstan.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of an engine's answers, good and bad; real engines are in ContainerTest. */
class EngineTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String PONG = ScriptedEngine.answer(200, "OK");

  @TempDir Path directory;

  private ScriptedEngine listen(String... answers) throws IOException {
    return ScriptedEngine.listen(socket(), answers);
  }

  private Path socket() {
    return directory.resolve("s");
  }

  private static String chunked(String chunks) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
  }

  @Test
  void theEnginesOwnVersionIsSpoken() throws IOException {
    try (ScriptedEngine scripted = listen(PONG, ScriptedEngine.answer(404, "{}"))) {
      assertThat(Engine.at(socket()).image("a/b:1")).isEmpty();

      assertThat(scripted.requests())
          .containsExactly("GET /_ping HTTP/1.1", "GET /v1.41/images/a/b:1/json HTTP/1.1");
    }
  }

  @Test
  void whatIsNoEngineIsNotTakenForOne() throws IOException {
    String[] answers = {
      "hello\n",
      "HTTP/1.1 x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
      ScriptedEngine.answer(200, "OK").replace("1.41", "../x"),
      "HTTP/1.1 200 OK\r\nbad\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + "X: y\r\nZ".repeat(101) + "\r\n\r\n",
      "x".repeat(20_000),
      ScriptedEngine.answer(503, "{}")
    };
    try (ScriptedEngine _ = listen(answers)) {
      for (String answer : answers) {
        assertThatThrownBy(() -> Engine.at(socket())).as(answer).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void oneThatDoesNotAnswerIsGivenUp() throws IOException {
    try (ScriptedEngine _ = listen(ScriptedEngine.SILENCE)) {
      assertThatThrownBy(() -> Engine.at(socket()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("did not answer within");
    }
  }

  @Test
  void anInterruptEndsACall() throws Exception {
    try (ScriptedEngine scripted = listen(PONG, ScriptedEngine.SILENCE)) {
      Engine engine = Engine.at(socket());
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  thrown.completeExceptionally(new AssertionError(engine.exitCode("c")));
                } catch (IOException e) {
                  thrown.complete(e);
                }
              });
      Awaitility.await().atMost(PATIENCE).until(() -> scripted.requests().size() == 2);

      waiting.interrupt();

      assertThat(thrown.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .isInstanceOf(ClosedByInterruptException.class);
    }
  }

  @Test
  void refusalsAreTheEnginesWords() throws IOException {
    try (ScriptedEngine _ =
        listen(
            PONG,
            ScriptedEngine.answer(409, "{\"message\":\"taken\"}"),
            ScriptedEngine.answer(500, "broken\n"))) {
      Engine engine = Engine.at(socket());

      assertThatThrownBy(() -> engine.start("c"))
          .asInstanceOf(throwable(EngineRefusal.class))
          .hasMessage("taken")
          .returns(409, EngineRefusal::status);
      assertThatThrownBy(() -> engine.start("c")).hasMessage("broken");
    }
  }

  @Test
  void chunksAreOneBody() throws IOException {
    String[] parts = {"{\"StatusCo", "de\":", "3,\"Error\":null}"};
    StringBuilder chunks = new StringBuilder();
    for (String part : parts) {
      chunks.append(Integer.toHexString(part.length())).append(";x=y\r\n").append(part);
      chunks.append("\r\n");
    }
    try (ScriptedEngine _ = listen(PONG, chunked(chunks + "0\r\n\r\n"))) {
      assertThat(Engine.at(socket()).exitCode("c")).isEqualTo(3);
    }
  }

  @Test
  void brokenBodiesAreErrors() throws IOException {
    String[] answers = {
      chunked("5\r\n{}"),
      chunked("x\r\n{}"),
      chunked("-2\r\n{}\r\n0\r\n\r\n"),
      chunked("2\r\n{}x\r\n0\r\n\r\n"),
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
      ScriptedEngine.answer(200, "{\"StatusCode\":"),
      ScriptedEngine.answer(200, "{\"StatusCode\":\"0\"}")
    };
    List<String> all = new ArrayList<>(List.of(PONG));
    all.addAll(List.of(answers));
    try (ScriptedEngine _ = listen(all.toArray(String[]::new))) {
      Engine engine = Engine.at(socket());
      for (String answer : answers) {
        assertThatThrownBy(() -> engine.exitCode("c")).as(answer).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void pullingTellsItsStepsAndFailsWithItsError() throws IOException {
    String steps = "{\"status\":\"one\"}\n{\"status\":\"two\"}\n";
    try (ScriptedEngine scripted =
        listen(
            PONG,
            ScriptedEngine.answer(200, steps),
            ScriptedEngine.answer(200, steps + "{\"error\":\"no such image\"}"))) {
      Engine engine = Engine.at(socket());
      List<String> told = new ArrayList<>();

      engine.pull("r:1/a@sha256:00", "", told::add);
      assertThatThrownBy(() -> engine.pull("a:1", "", _ -> {}))
          .isInstanceOf(EngineRefusal.class)
          .hasMessage("no such image");

      assertThat(told).containsExactly("one", "two");
      assertThat(scripted.requests().get(1))
          .isEqualTo("POST /v1.41/images/create?fromImage=r%3A1%2Fa%40sha256%3A00 HTTP/1.1");
    }
  }

  @Test
  void aFrameThatIsCutIsAnError() {
    byte[] cut = {1, 0, 0, 0, 0, 0, 0, 5, 'a'};
    List<String> taken = new ArrayList<>();

    assertThatThrownBy(() ->
            Frames.read(
                new ByteArrayInputStream(cut),
                (stream, bytes, length) -> taken.add(stream + " " + length)))
        .isInstanceOf(EOFException.class);
    assertThat(taken).containsExactly("STDOUT 1");
  }
}
