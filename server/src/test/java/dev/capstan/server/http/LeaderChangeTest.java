package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.Refusal;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests that meet a change of the leader. */
final class LeaderChangeTest {

  /** Leads for some questions and then no more, or the other way round. */
  private record Changing(
      AtomicInteger questions, boolean first, int changesAt, @Nullable URI other)
      implements OnlyLocator {
    @Override
    public boolean isHere() {
      return questions.getAndIncrement() < changesAt ? first : !first;
    }

    @Override
    public @Nullable URI address() {
      return other;
    }

    @Override
    public CompletableFuture<?> confirm() {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Thinks that it leads, as after a standstill in which another one was elected. */
  private static final class Unconfirmed implements OnlyLocator {
    @Override
    public boolean isHere() {
      return true;
    }

    @Override
    public @Nullable URI address() {
      return null;
    }

    @Override
    public CompletableFuture<?> confirm() {
      return CompletableFuture.failedFuture(notReady());
    }
  }

  /**
   * Was replaced while it stood still, and hears of that after it was asked.
   *
   * @param looks how often it is looked whether it leads before it hears
   */
  private record Replaced(AtomicInteger looks, int hearsAt, URI next) implements OnlyLocator {
    @Override
    public boolean isHere() {
      return looks.getAndIncrement() < hearsAt;
    }

    @Override
    public URI address() {
      return next;
    }

    @Override
    public List<URI> others() {
      return List.of(next);
    }

    @Override
    public CompletableFuture<?> confirm() {
      return CompletableFuture.failedFuture(notReady());
    }
  }

  @Test
  void whatALeaderIsAskedThatHasNotHeardOfTheNextGoesThereWhenItHas() {
    try (TestServer next = new TestServer();
        TestServer replaced = new TestServer(new Replaced(new AtomicInteger(), 7, address(next)))) {
      String id = next.start();

      HttpResponse<String> answer = replaced.get("/v1/executions/" + id);

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json(answer).path("id").textValue()).isEqualTo(id);
    }
  }

  @Test
  void aLeaderThatHearsOfNoOtherRefusesInTheEnd() {
    try (TestServer next = new TestServer();
        TestServer replaced =
            new TestServer(new Replaced(new AtomicInteger(), Integer.MAX_VALUE, address(next)))) {
      HttpResponse<String> answer = replaced.get("/v1/executions/" + next.start());

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    }
  }

  @Test
  void whoSentARequestOnIsToldAtOnceThatNobodyConfirmsIt() {
    AtomicInteger looks = new AtomicInteger();
    try (TestServer next = new TestServer();
        TestServer replaced = new TestServer(new Replaced(looks, 100, address(next)))) {
      HttpResponse<String> answer =
          replaced.send(
              replaced.request("/v1/executions/e1").header(Forwarder.FORWARDED, "c2").build());

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
      assertThat(answer.headers().firstValue(Forwarder.NOT_LEADER)).isPresent();
      assertThat(looks).hasValueLessThan(10);
    }
  }

  @Test
  void aLeaderThatNobodyConfirmsAnswersNothingThatIsRead() {
    try (TestServer server = new TestServer(new Unconfirmed())) {
      String id = server.start();

      assertThat(server.get("/v1/executions/" + id).statusCode()).isEqualTo(503);
      assertThat(server.get("/v1/executions").statusCode()).isEqualTo(503);
      assertThat(server.get("/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whoDidNotLeadSaysSoAlthoughItLeadsByNow() {
    try (TestServer server = new TestServer(new Changing(new AtomicInteger(), false, 1, null))) {
      HttpResponse<String> refused =
          server.send(
              server.request("/v1/executions/e1").header(Forwarder.FORWARDED, "c2").build());

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue(Forwarder.NOT_LEADER)).isPresent();
    }
  }

  @Test
  void whoIsRefusedIsToldWhoLeads() {
    URI nobody = URI.create("http://127.0.0.1:1");
    try (TestServer server =
        new TestServer(new Changing(new AtomicInteger(), false, 100, nobody))) {
      HttpResponse<String> refused =
          server.send(
              server.request("/v1/executions/e1").header(Forwarder.FORWARDED, "c2,c3").build());

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue(Forwarder.LEADER)).hasValue(nobody.toString());
    }
  }

  @Test
  void whoIsReadySaysInWhichTerm() {
    try (TestServer server = new TestServer(new Unconfirmed())) {
      assertThat(server.get("/readyz").headers().firstValue(Forwarder.TERM)).hasValue("1");
    }
  }

  @Test
  void whoIsNotSentOnIsNotToldWhereToGo() {
    try (TestServer server = new TestServer()) {
      server.gateway.waitsFail = notReady();

      HttpResponse<String> refused = server.get("/v1/executions/e1?wait=1s");

      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue(Forwarder.NOT_LEADER)).isEmpty();
    }
  }

  @Test
  void aRequestOfALeaderThatLosesItsPlaceGoesToTheNext() {
    try (TestServer next = new TestServer();
        TestServer first = new TestServer(leadsOnce(next))) {
      String id = next.start();
      first.gateway.waitsFail = notReady();

      HttpResponse<String> answer = first.get("/v1/executions/" + id + "?wait=10ms");

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json(answer).path("id").textValue()).isEqualTo(id);
    }
  }

  private static LeaderLocator leadsOnce(TestServer next) {
    return new Changing(new AtomicInteger(), true, 1, address(next));
  }

  private static URI address(TestServer server) {
    return URI.create("http://127.0.0.1:" + server.server.port());
  }

  private static Refusal notReady() {
    return new Refusal(Refusal.Code.NOT_READY, "This coordinator leads no more");
  }
}
