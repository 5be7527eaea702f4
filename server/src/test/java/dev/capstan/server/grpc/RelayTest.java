package dev.capstan.server.grpc;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.grpc.GrpcCoordinators.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Starts that come to a coordinator that can't decide them. */
final class RelayTest {
  private static final Duration LONGER_THAN_HELD = Duration.ofSeconds(60);

  private final GrpcCoordinators coordinators;
  private final Member a;
  private final Member b;
  private final Member c;

  RelayTest() throws IOException {
    coordinators = new GrpcCoordinators(1, "a", "b", "c");
    a = coordinators.member("a");
    b = coordinators.member("b");
    c = coordinators.member("c");
  }

  @BeforeEach
  void lead() {
    coordinators.leads(0, "a");
  }

  @AfterEach
  void stop() {
    coordinators.close();
  }

  private static RunRequest.Builder request(long correlation) {
    return RunRequest.newBuilder()
        .setCorrelation(correlation)
        .setNamespace("shop")
        .setName("order");
  }

  private static RunRequest waits(long correlation, String id) {
    return request(correlation).setId(id).setWait(true).setAcknowledge(true).build();
  }

  private static Gateway.StartRequest starting(String id) {
    return new Gateway.StartRequest(
        null, "shop", "order", null, JsonNodeFactory.instance.objectNode(), id, null, Map.of());
  }

  private static RunReply only(RunClient client) {
    await().atMost(LONGER_THAN_HELD).until(() -> client.replies.size() == 1);
    return client.replies.getFirst();
  }

  private static void end(Member member, String id) {
    member.gateway.complete(id, JsonNodeFactory.instance.objectNode().put("x", 1));
  }

  @Test
  void aStartGoesToTheLeaderAndItsAnswersComeBack() {
    RunClient client = b.client();
    client.requests().onNext(waits(77, "x"));
    await().until(() -> client.replies.size() == 1);
    assertThat(client.replies.getFirst().hasAccepted()).isTrue();
    assertThat(client.replies.getFirst().getId()).isEqualTo("x");

    end(a, "x");

    await().until(() -> client.replies.size() == 2);
    RunReply ended = client.replies.get(1);
    assertThat(ended.getCorrelation()).isEqualTo(77);
    assertThat(ended.getEnded().getOutput().toStringUtf8()).isEqualTo("{\"x\":1}");
    assertThat(b.gateway.executionIds()).isEmpty();
  }

  @Test
  void theLeaderLearnsWhoAsksAndWhoSentItOn() {
    RunClient client = b.client();
    client.requests().onNext(request(1).build());

    assertThat(only(client).hasAccepted()).isTrue();
    assertThat(a.calls)
        .singleElement()
        .satisfies(headers -> {
          assertThat(headers.get(GrpcCoordinators.AUTHORIZATION)).isEqualTo("Bearer of-the-client");
          assertThat(headers.get(GrpcCoordinators.FORWARDED)).isEqualTo("b");
        });
  }

  @Test
  void whoeverDoesNotAskForItHearsNothingOfTheAcceptance() {
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").setWait(true).build());
    await().until(() -> a.gateway.executionIds().contains("x"));

    end(a, "x");

    assertThat(only(client).hasEnded()).isTrue();
  }

  @Test
  void startsAreCountedWhereTheClientIs() {
    RunClient client = b.client();
    client.requests().onNext(request(1).build());
    client.requests().onNext(request(2).setName("nobody").build());

    await().until(() -> client.replies.size() == 2);
    assertThat(b.scrape())
        .contains("capstan_grpc_starts_total{result=\"accepted\"} 1.0")
        .contains("capstan_grpc_starts_total{result=\"CAP-2004\"} 1.0")
        .contains("capstan_grpc_streams 1.0");
    assertThat(a.scrape())
        .contains("capstan_grpc_starts_total{result=\"accepted\"} 0.0")
        .contains("capstan_grpc_streams 0.0");
  }

  @Test
  void startsGoWhereTheirPartitionIsLedAndThoseWithoutAnIdStay() throws IOException {
    KeySpace keys = new KeySpace(3);
    try (GrpcCoordinators three = new GrpcCoordinators(3, "a", "b", "c")) {
      List<String> names = List.of("a", "b", "c");
      names.forEach(name -> three.leads(names.indexOf(name), name));
      RunClient client = three.member("b").client();
      List<String> ids = IntStream.range(0, 60).mapToObj(i -> "e-" + i).toList();
      for (String id : ids) {
        client.requests().onNext(request(1).setId(id).build());
      }
      client.requests().onNext(request(2).build());
      await().until(() -> client.replies.size() == ids.size() + 1);

      assertThat(client.replies).allMatch(RunReply::hasAccepted);
      for (String name : names) {
        assertThat(three.member(name).gateway.executionIds().stream().filter(ids::contains))
            .as(name)
            .containsExactlyInAnyOrderElementsOf(
                ids.stream().filter(id -> keys.ownerOf(id) == names.indexOf(name)).toList());
      }
      assertThat(three.member("b").gateway.executionIds()).anyMatch(id -> !ids.contains(id));
      assertThat(three.member("a").calls).hasSize(1);
      assertThat(three.member("c").calls).hasSize(1);
    }
  }

  @Test
  void startsAreHeldUntilSomebodyLeads() {
    coordinators.leads(0, null);
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    client.requests().onCompleted();
    coordinators.leads(0, "c");

    client.done.join();
    assertThat(only(client).hasAccepted()).isTrue();
    assertThat(c.gateway.executionIds()).containsExactly("x");
  }

  @Test
  void aCoordinatorThatComesToLeadCarriesOutWhatItHolds() {
    coordinators.leads(0, null);
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    coordinators.leads(0, "b");

    assertThat(only(client).hasAccepted()).isTrue();
    assertThat(b.gateway.executionIds()).containsExactly("x");
  }

  @Test
  void startsAreNotHeldForEver() {
    coordinators.leads(0, null);
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());

    RunReply refused = only(client);
    assertThat(refused.getRefused().getCode()).isEqualTo("CAP-6002");
    assertThat(refused.getRefused().getRetryable()).isTrue();
    assertThat(refused.getRefused().getDetail()).contains("for 5 s");
  }

  @Test
  void whoeverIsCutOffHoldsNothing() {
    coordinators.leads(0, null);
    coordinators.cutOff();
    RunClient client = b.client();
    client.requests().onNext(request(1).build());

    RunReply refused = only(client);
    assertThat(refused.getRefused().getCode()).isEqualTo("CAP-6002");
    assertThat(refused.getRefused().getDetail()).contains("cut off");
  }

  @Test
  void whatWasSentOnIsNotSentOnAgain() {
    coordinators.leads(0, "c");
    b.believes = "a";
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    await().until(() -> !a.calls.isEmpty());
    b.believes = null;

    assertThat(only(client).hasAccepted()).isTrue();
    assertThat(c.gateway.executionIds()).containsExactly("x");
    assertThat(c.calls)
        .extracting(headers -> headers.get(GrpcCoordinators.FORWARDED))
        .containsExactly("b");
    assertThat(a.linesTaken).hasValue(0);
  }

  @Test
  void whatWasAcceptedIsFollowedWhenItsLeaderDies() {
    RunClient client = b.client();
    client.requests().onNext(waits(5, "x"));
    await().until(() -> client.replies.size() == 1);
    // The next leader has it before it leads.
    assertThat(c.gateway.start(Principal.LOCAL, starting("x"))).isCompleted();

    coordinators.leads(0, "c");
    a.kill();
    end(c, "x");

    await().until(() -> client.replies.size() == 2);
    assertThat(client.replies.get(1).getCorrelation()).isEqualTo(5);
    assertThat(client.replies.get(1).getEnded().getStatus()).isEqualTo("completed");
    assertThat(b.scrape()).contains("capstan_grpc_starts_total{result=\"accepted\"} 1.0");
  }

  @Test
  void whatWaitsHereIsFollowedElsewhereWhenThisOneLeadsNoMore() {
    b.gateway.waitsFail = Refusal.notLed("This coordinator leads no more");
    coordinators.leads(0, "c");
    RunClient elsewhere = c.client();
    elsewhere.requests().onNext(request(1).setId("x").build());
    assertThat(only(elsewhere).hasAccepted()).isTrue();
    coordinators.leads(0, "b");
    RunClient client = b.client();
    client.requests().onNext(waits(5, "x"));
    await().until(() -> client.replies.size() == 1);
    coordinators.leads(0, "c");

    end(c, "x");

    await().until(() -> client.replies.size() == 2);
    assertThat(client.replies.getFirst().hasAccepted()).isTrue();
    assertThat(client.replies.get(1).getEnded().getStatus()).isEqualTo("completed");
  }

  @Test
  void anEndThatNobodyCanTellAnyMoreIsUnknown() {
    RunClient client = b.client();
    client.requests().onNext(request(5).setWait(true).build());
    await().until(() -> a.gateway.executionIds().size() == 1);
    String id = a.gateway.executionIds().iterator().next();
    await().until(() -> b.scrape().contains("starts_total{result=\"accepted\"} 1.0"));

    coordinators.leads(0, null);
    a.kill();

    RunReply refused = only(client);
    assertThat(refused.getRefused().getCode()).isEqualTo("CAP-6003");
    assertThat(refused.getId()).isEqualTo(id);
    assertThat(refused.getRefused().getDetail()).contains("was started");
  }

  private static void gate(Member member) {
    member.gateway.startsWaitFor = new CompletableFuture<@Nullable Void>();
  }

  @Test
  void aStartOfWhichNothingWasHeardIsSentAgainOnlyUnderItsId() {
    gate(a);
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    client.requests().onNext(request(2).build());
    // Replies to what comes after say that those before have arrived.
    client.requests().onNext(request(3).setName("").build());
    await().until(() -> client.replies.size() == 1);

    coordinators.leads(0, "c");
    a.kill();

    await().until(() -> client.replies.size() == 3);
    assertThat(client.replies)
        .filteredOn(reply -> reply.getCorrelation() == 1)
        .singleElement()
        .matches(RunReply::hasAccepted);
    assertThat(client.replies)
        .filteredOn(reply -> reply.getCorrelation() == 2)
        .extracting(reply -> reply.getRefused().getCode())
        .containsExactly("CAP-6003");
    assertThat(c.gateway.executionIds()).containsExactly("x");
  }

  @Test
  void aLeaderThatSaysNothingAndLeadsNoMoreIsNotWaitedFor() {
    gate(a);
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    await().until(() -> a.open.get() == 1);
    coordinators.leads(0, "c");

    assertThat(only(client).hasAccepted()).isTrue();
    assertThat(c.gateway.executionIds()).containsExactly("x");
    await().until(() -> a.open.get() == 0);
  }

  @Test
  void whatIsRefusedWhenItIsSentAgainMayHaveBeenCarriedOut() {
    gate(a);
    c.gateway.startFails = new Refusal(Refusal.Code.ALREADY_EXISTS, "x exists");
    RunClient client = b.client();
    client.requests().onNext(request(1).setId("x").build());
    client.requests().onNext(request(2).setName("").build());
    await().until(() -> client.replies.size() == 1);
    coordinators.leads(0, "c");
    a.kill();

    await().until(() -> client.replies.size() == 2);
    assertThat(client.replies.get(1).getRefused().getCode()).isEqualTo("CAP-6003");
    assertThat(client.replies.get(1).getRefused().getDetail()).contains("x exists");
  }

  @Test
  void whatTheLeaderRefusesIsRefused() {
    a.gateway.startFails =
        new Refusal(Refusal.Code.BUSY, "full", null, Duration.ofMillis(40), List.of());
    RunClient client = b.client();
    client.requests().onNext(request(9).build());

    RunReply refused = only(client);
    assertThat(refused.getCorrelation()).isEqualTo(9);
    assertThat(refused.getRefused().getCode()).isEqualTo("CAP-6001");
    assertThat(refused.getRefused().getRetryAfterMillis()).isEqualTo(40);
  }

  @Test
  void aClientThatGoesEndsTheStreamsBehindIt() {
    RunClient client = b.client();
    client.requests().onNext(waits(1, "x"));
    await().until(() -> a.open.get() == 1 && client.replies.size() == 1);

    client.requests().cancel("enough", null);

    await().until(() -> a.open.get() == 0);
    await().until(() -> b.linesTaken.get() == 0);
  }

  @Test
  void aStreamThatHasEndedLeavesNothingBehind() {
    RunClient client = b.client();
    client.requests().onNext(request(1).build());
    client.requests().onCompleted();

    client.done.join();
    await().until(() -> a.open.get() == 0 && b.linesTaken.get() == 0);
  }

  @Test
  void whatTheClientDoesNotTakeIsNotReadFromTheLeader() {
    RunClient client = new RunClient();
    client.takesNothing = true;
    b.client(client);
    int sent = 8000;
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(i).build());
    }
    await().until(() -> a.gateway.executionIds().size() >= 1000);
    assertThat(a.gateway.executionIds().size()).isLessThan(sent);

    client.requests().request(Integer.MAX_VALUE);
    client.requests().onCompleted();
    client.done.join();

    Set<Long> answered =
        client.replies.stream().map(RunReply::getCorrelation).collect(Collectors.toSet());
    assertThat(answered).hasSize(sent);
    assertThat(client.replies).allMatch(RunReply::hasAccepted);
  }

  @Test
  void whileNothingGetsAwayTheClientIsReadNoFurther() {
    coordinators.leads(0, null);
    RunClient client = b.client();
    int sent = 2500;
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(i).setId("e-" + i).build());
    }
    await().until(() -> !client.requests().isReady());
    coordinators.leads(0, "a");
    client.requests().onCompleted();

    client.done.join();
    assertThat(client.replies).hasSize(sent).allMatch(RunReply::hasAccepted);
    assertThat(a.gateway.executionIds()).hasSize(sent);
  }

  @Test
  void endsThatTheClientDoesNotTakeStayAtTheLeader() {
    RunClient client = new RunClient();
    client.takesNothing = true;
    b.client(client);
    int sent = 5000;
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(i).setWait(true).build());
    }
    await().atMost(LONGER_THAN_HELD).until(() -> a.messages.get() == sent);

    a.gateway.executionIds().forEach(id -> end(a, id));
    await().until(() -> a.messages.get() >= sent + 1024);
    assertThat(a.messages.get()).isLessThan(sent + sent);
    client.requests().request(Integer.MAX_VALUE);
    client.requests().onCompleted();

    client.done.join();
    assertThat(client.replies).hasSize(sent).allMatch(RunReply::hasEnded);
  }

  @Test
  void whatIsKeptForOthersIsBoundedInBytesAndGivenBack() {
    ByteString fifth =
        ByteString.copyFromUtf8("\"" + "x".repeat(GrpcCoordinators.KEPT / 5 - 100) + "\"");
    coordinators.leads(0, null);
    RunClient client = b.client();
    int sent = 8;
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(i).setInput(fifth).build());
    }
    await().until(() -> client.replies.size() == 3);
    assertThat(client.replies)
        .extracting(reply -> reply.getRefused().getCode())
        .containsOnly("CAP-6001");
    coordinators.leads(0, "a");
    await().until(() -> client.replies.size() == sent);
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(sent + i).setInput(fifth).build());
      int answers = sent + i + 1;
      await().until(() -> client.replies.size() == answers);
    }

    assertThat(client.replies.stream().filter(RunReply::hasRefused)).hasSize(3);
  }

  @Test
  void anExecutionIsFollowedByItsIdAtAnyDoor() {
    RunClient starter = a.client();
    starter.requests().onNext(request(1).setId("x").build());
    assertThat(only(starter).hasAccepted()).isTrue();
    RunClient client = b.client();
    client.requests().onNext(RunRequest.newBuilder().setFollow(true).setCorrelation(1).build());
    client
        .requests()
        .onNext(RunRequest.newBuilder().setFollow(true).setCorrelation(2).setId("none").build());
    await().until(() -> client.replies.size() == 2);
    client
        .requests()
        .onNext(RunRequest.newBuilder().setFollow(true).setCorrelation(3).setId("x").build());
    client.requests().onCompleted();

    end(a, "x");
    client.done.join();

    assertThat(client.replies)
        .extracting(reply -> reply.getRefused().getCode())
        .containsExactly("CAP-2002", "CAP-2004", "");
    assertThat(client.replies.getLast().getCorrelation()).isEqualTo(3);
    assertThat(client.replies.getLast().getEnded().getStatus()).isEqualTo("completed");
  }
}
