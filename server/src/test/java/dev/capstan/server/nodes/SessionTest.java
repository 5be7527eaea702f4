package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Cancelled;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Refusal;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.partition.NodeBoard;
import dev.capstan.server.partition.RecordingPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {
  private NodesFixture nodes = NodesFixture.inProcess();

  @AfterEach
  void close() {
    nodes.close();
  }

  private WorkerStub join(String id, int slots) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.join(WorkerStub.hello(id, slots));
    soon().until(() -> nodes.status(id).equals("active"));
    return worker;
  }

  private static WorkerMessage keepAlive() {
    return WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build();
  }

  private Command onlyReport() {
    soon().until(() -> nodes.partition.reports.size() == 1);
    return nodes.partition.reports.getFirst();
  }

  @Nested
  class Joining {
    @Test
    void epochsAreUniqueAndGrowOverSessionsAndRestarts() {
      WorkerStub first = WorkerStub.connect(nodes.channel);
      Welcome one = first.join(WorkerStub.hello("a", 1));
      Welcome two = WorkerStub.connect(nodes.channel).join(WorkerStub.hello("b", 1));
      try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
        Welcome three = WorkerStub.connect(restarted.channel).join(WorkerStub.hello("a", 1));
        assertThat(List.of(one.getEpoch(), two.getEpoch(), three.getEpoch()))
            .containsExactly(1L, 2L, 3L);
      }
    }

    @Test
    void theWelcomeReleasesWhatIsHeldFromAnEarlierSession() {
      var token = ReportReader.token(new AttemptToken("x", 1, 1, 1));
      Welcome welcome =
          WorkerStub.connect(nodes.channel).join(WorkerStub.hello("a", 1).addHolding(token));
      assertThat(welcome.getReleasedList()).containsExactly(token);
      assertThat(welcome.getMaxResultBytes()).isEqualTo(100_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 101, Integer.MAX_VALUE})
    void slotsOutOfBoundsAreRejectedForGood(int slots) {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      worker.send(WorkerMessage.newBuilder().setHello(WorkerStub.hello("a", slots)).build());
      assertThat(worker.goodbye().getRetry()).isFalse();
      assertThat(worker.goodbye().getReason()).contains("slots must be from 1 to 100");
      assertThat(nodes.directory.nodes()).isEmpty();
    }

    @Test
    void everyFaultOfAHelloIsNamed() {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      worker.send(
          WorkerMessage.newBuilder()
              .setHello(
                  WorkerStub.hello("a b", 0)
                      .addKinds("run:shell")
                      .addKinds("RM -RF")
                      .putLabels("zone", "x\u0007"))
              .build());
      assertThat(worker.goodbye().getReason())
          .contains("node_id", "slots", "run:shell is there twice", "control characters");
    }

    @Test
    void aLaterSessionOfANodeReplacesTheEarlierOne() {
      WorkerStub first = join("a", 2);
      AttemptToken token = nodes.dispatch("x");
      WorkerStub second = join("a", 2);
      assertThat(first.goodbye().getRetry()).isFalse();
      assertThat(nodes.partition.lost)
          .extracting(RecordingPartition.Lost::epoch)
          .containsExactly(1L);
      assertThat(nodes.running("a")).isZero();
      second.report(WorkerStub.output(ReportReader.token(token), "1"));
      assertThat(nodes.dispatch("y").epoch()).isEqualTo(2);
    }

    @Test
    void nothingIsAcceptedBeforeHello() {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      worker.report(WorkerStub.output(ReportReader.token(new AttemptToken("x", 1, 1, 1)), "1"));
      assertThat(worker.goodbye().getReason()).contains("hello must come first");
      assertThat(nodes.partition.reports).isEmpty();
    }

    @Test
    void aStreamThatNeverSaysHelloIsClosed() {
      WorkerStub worker = WorkerStub.connect(nodes.channel);
      soon()
          .until(() -> {
            nodes.pass(Duration.ofSeconds(6));
            return worker.ended();
          });
      assertThat(worker.goodbye().getReason()).contains("no hello");
    }

    @Test
    void joinsAndDeparturesAreCommittedWithAnAuditEntry() {
      WorkerStub worker = join("a", 1);
      worker.send(
          WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason("done")).build());
      worker.complete();
      soon().until(() -> nodes.status("a").equals("left"));
      soon().until(() -> nodes.partition.audits.size() == 2);
      assertThat(nodes.partition.audits).containsExactly("node.join a", "node.leave a");
      try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
        assertThat(restarted.status("a")).isEqualTo("left");
      }
    }

    @Test
    void onlySoManyNodesThatAreGoneAreRemembered() {
      for (String id : List.of("a", "b", "c", "d", "e")) {
        WorkerStub worker = join(id, 1);
        worker.breakOff();
        soon().until(() -> nodes.status(id).equals("lost"));
      }
      assertThat(nodes.directory.nodes())
          .extracting(known -> known.profile().id())
          .containsExactly("c", "d", "e");
      soon().until(() -> NodeRows.readAll(nodes.partition.store()).size() == 3);
    }

    @Test
    void worksOverASocketToo() {
      nodes.close();
      nodes = NodesFixture.overSocket();
      WorkerStub worker = join("a", 1);
      AttemptToken token = nodes.dispatch("x");
      soon().until(() -> !worker.dispatches().isEmpty());
      worker.report(WorkerStub.output(ReportReader.token(token), "42"));
      assertThat(onlyReport()).isEqualTo(new Command.ReportOutput(token, IntNode.valueOf(42)));
      worker.breakOff();
      soon().until(() -> nodes.status("a").equals("lost"));
    }
  }

  @Nested
  class Dispatching {
    @Test
    void allAttemptsOfOneCallToOneNodeTravelInOneMessage() {
      WorkerStub worker = join("a", 3);
      List<Effect.Dispatch> effects = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        NodeBoard.Place place = nodes.reserve();
        effects.add(
            NodesFixture.effect(
                new AttemptToken("x" + i, 1, 1, place.epoch()), place.node(), IntNode.valueOf(i)));
      }
      nodes.board.dispatch(effects);
      CoordinatorMessage message = worker.hear(CoordinatorMessage::hasDispatches);
      assertThat(message.getDispatches().getDispatchesList())
          .extracting(dispatch -> dispatch.getToken().getExecution())
          .containsExactly("x0", "x1", "x2");
      assertThat(message.getDispatches().getDispatchesList()).allMatch(Dispatch::getOnce);
    }

    @Test
    void anAttemptWhoseSessionIsGoneComesBack() {
      AttemptToken token = new AttemptToken("x", 1, 1, 7);
      nodes.board.dispatch(List.of(NodesFixture.effect(token, "a", NodesFixture.NOTHING)));
      assertThat(onlyReport())
          .isEqualTo(new Command.ReportReturned(token, "node a was gone before it got it"));
    }

    @Test
    void theSameAttemptIsSentOnce() {
      WorkerStub worker = join("a", 3);
      AttemptToken token = nodes.dispatch("x");
      nodes.board.dispatch(List.of(NodesFixture.effect(token, "a", NodesFixture.NOTHING)));
      nodes.board.cancel(token, "a");
      assertThat(worker.hear(CoordinatorMessage::hasCancels).getCancels().getTokensList())
          .containsExactly(ReportReader.token(token));
      assertThat(worker.dispatches()).hasSize(1);
      assertThat(nodes.running("a")).isEqualTo(1);
    }

    @Test
    void aSlowWorkerGetsNothingNewAndThenLosesItsSession() {
      WorkerStub worker = WorkerStub.deaf(nodes.channel);
      worker.join(WorkerStub.hello("a", 100));
      soon().until(() -> nodes.status("a").equals("active"));
      TextNode large = new TextNode("x".repeat(90_000));
      List<Effect.Dispatch> effects = new ArrayList<>();
      for (NodeBoard.Place place = nodes.reserve();
          place != null;
          place = nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)) {
        AttemptToken token = new AttemptToken("x" + effects.size(), 1, 1, place.epoch());
        effects.add(NodesFixture.effect(token, place.node(), large));
        nodes.board.dispatch(List.of(effects.getLast()));
      }
      assertThat(effects).hasSizeLessThan(10);
      assertThat(nodes.board.whyWaiting("run:shell", NodesFixture.NOTHING))
          .contains("1 reads too slowly");
      for (int i = 0; i < 10; i++) {
        AttemptToken token = new AttemptToken("y" + i, 1, 1, 1);
        nodes.board.dispatch(List.of(NodesFixture.effect(token, "a", large)));
      }
      assertThat(nodes.status("a")).isEqualTo("lost");
    }
  }

  @Nested
  class Reporting {
    @Test
    void outputIsParsedAndAnEmptyOneIsNull() {
      WorkerStub worker = join("a", 2);
      AttemptToken one = nodes.dispatch("x");
      AttemptToken two = nodes.dispatch("y");
      worker.report(
          WorkerStub.output(ReportReader.token(one), "{\"a\":1}"),
          WorkerStub.output(ReportReader.token(two), ""));
      soon().until(() -> nodes.partition.reports.size() == 2);
      assertThat(nodes.partition.reports)
          .extracting(report -> ((Command.ReportOutput) report).output().toString())
          .containsExactly("{\"a\":1}", "null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "1 2", "nul", "{\"a\":}", "\u0000"})
    void whatIsNoJsonFaultsItsTaskOnly(String text) {
      WorkerStub worker = join("a", 1);
      AttemptToken token = nodes.dispatch("x");
      worker.report(WorkerStub.output(ReportReader.token(token), text));
      assertThat(onlyReport())
          .isInstanceOfSatisfying(
              Command.ReportFault.class,
              fault -> {
                assertThat(fault.error().type()).isEqualTo(ErrorType.RUNTIME.uri());
                assertThat(fault.error().detail()).startsWith("the result is no JSON");
              });
      assertThat(nodes.status("a")).isEqualTo("active");
    }

    @Test
    void resultsThatAreTooLargeOrTooDeepFaultTheirTask() {
      WorkerStub worker = join("a", 2);
      AttemptToken large = nodes.dispatch("x");
      AttemptToken deep = nodes.dispatch("y");
      worker.report(
          WorkerStub.output(ReportReader.token(large), "\"" + "x".repeat(100_000) + "\""));
      worker.report(WorkerStub.output(ReportReader.token(deep), "[".repeat(21) + "]".repeat(21)));
      soon().until(() -> nodes.partition.reports.size() == 2);
      assertThat(nodes.partition.reports)
          .extracting(report -> ((Command.ReportFault) report).error().detail())
          .satisfiesExactly(
              first ->
                  assertThat(first)
                      .isEqualTo("the result is 100002 bytes of JSON; the limit is 100000"),
              second -> assertThat(second).contains("no JSON within the limits"));
    }

    @Test
    void faultsOfAnyContentBecomeErrorObjects() {
      WorkerStub worker = join("a", 2);
      AttemptToken one = nodes.dispatch("x");
      AttemptToken two = nodes.dispatch("y");
      worker.report(
          Report.newBuilder()
              .setToken(ReportReader.token(one))
              .setFault(
                  Fault.newBuilder()
                      .setType("not a uri")
                      .setStatus(-5)
                      .setDetail("y".repeat(20_000)))
              .build(),
          Report.newBuilder()
              .setToken(ReportReader.token(two))
              .setFault(Fault.newBuilder().setType("urn:x").setStatus(503).setTitle("Down"))
              .build());
      soon().until(() -> nodes.partition.reports.size() == 2);
      var first = ((Command.ReportFault) nodes.partition.reports.get(0)).error();
      var second = ((Command.ReportFault) nodes.partition.reports.get(1)).error();
      assertThat(first.type()).isEqualTo(ErrorType.RUNTIME.uri());
      assertThat(first.status()).isEqualTo(500);
      assertThat(first.detail()).hasSize(10_003);
      assertThat(second.toJson().toString())
          .isEqualTo("{\"type\":\"urn:x\",\"status\":503,\"title\":\"Down\"}");
    }

    @Test
    void refusedAndCancelledAttemptsComeBack() {
      WorkerStub worker = join("a", 2);
      AttemptToken refused = nodes.dispatch("x");
      AttemptToken cancelled = nodes.dispatch("y");
      worker.report(
          Report.newBuilder()
              .setToken(ReportReader.token(refused))
              .setRefusal(Refusal.newBuilder().setReason("no free slot"))
              .build(),
          Report.newBuilder()
              .setToken(ReportReader.token(cancelled))
              .setCancelled(Cancelled.getDefaultInstance())
              .build());
      soon().until(() -> nodes.partition.reports.size() == 2);
      assertThat(nodes.partition.reports)
          .containsExactly(
              new Command.ReportReturned(refused, "node a refused it: no free slot"),
              new Command.ReportReturned(
                  cancelled, "it was stopped on node a", Command.Return.LOST));
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
      assertThat(nodes.board.whyWaiting("run:shell", NodesFixture.NOTHING))
          .contains("just refused");
      worker.send(keepAlive());
      nodes.pass(Duration.ofMillis(150));
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
    }

    @Test
    void whatWasHandedBackAfterItHadBegunIsForTheTaskToDecide() {
      WorkerStub worker = join("a", 1);
      AttemptToken begun = nodes.dispatch("x");
      worker.report(
          Report.newBuilder()
              .setToken(ReportReader.token(begun))
              .setRefusal(Refusal.newBuilder().setReason("it leaves").setBegun(true))
              .build());
      assertThat(onlyReport())
          .isEqualTo(
              new Command.ReportReturned(
                  begun, "node a handed it back: it leaves", Command.Return.LOST));
    }

    @Test
    void aReportOfAnAttemptThatTheNodeDoesNotHoldCountsForNothing() {
      WorkerStub worker = join("a", 2);
      WorkerStub thief = join("b", 2);
      AttemptToken token = null;
      for (int i = 0; token == null; i++) {
        AttemptToken dispatched = nodes.dispatch("x" + i);
        token = dispatched.epoch() == 1 ? dispatched : null;
      }
      thief.report(WorkerStub.output(ReportReader.token(token), "\"stolen\""));
      worker.report(WorkerStub.output(ReportReader.token(token), "\"mine\""));
      worker.report(WorkerStub.output(ReportReader.token(token), "\"again\""));
      worker.send(
          WorkerMessage.newBuilder().setSlots(SlotsChanged.newBuilder().setSlots(5)).build());
      soon().until(() -> nodes.directory.nodes().getFirst().profile().slots() == 5);
      soon().until(() -> nodes.partition.refused.size() == 2);
      assertThat(onlyReport()).isEqualTo(new Command.ReportOutput(token, new TextNode("mine")));
      soon().until(() -> nodes.directory.unheldReports() == 2);
      assertThat(nodes.partition.refused)
          .hasSize(2)
          .allMatch(entry -> entry.contains("attempt 1 under epoch 1"))
          .satisfiesExactlyInAnyOrder(
              b -> assertThat(b).startsWith("node:b x"), a -> assertThat(a).startsWith("node:a x"));
    }

    @Test
    void whatANodeHoldsFromAnEarlierSessionIsRefusedInTheAuditToo() {
      WorkerStub first = join("a", 2);
      AttemptToken token = nodes.dispatch("x");
      first.breakOff();
      soon().until(() -> nodes.status("a").equals("lost"));
      Welcome welcome =
          WorkerStub.connect(nodes.channel)
              .join(WorkerStub.hello("a", 2).setEpoch(1).addHolding(ReportReader.token(token)));
      assertThat(welcome.getEpoch()).isEqualTo(2);
      soon().until(() -> nodes.partition.refused.size() == 1);
      assertThat(nodes.partition.refused.getFirst())
          .startsWith("node:a x#1: attempt 1 under epoch 1");
      assertThat(nodes.partition.reports).isEmpty();
    }

    @Test
    void aNodeThatRepeatsItselfDoesNotFillTheAudit() {
      WorkerStub worker = join("a", 2);
      Report stale = WorkerStub.output(ReportReader.token(new AttemptToken("x", 1, 1, 9)), "1");
      for (int i = 0; i < 250; i++) {
        worker.report(stale);
      }
      soon().until(() -> nodes.directory.unheldReports() == 250);
      assertThat(nodes.partition.refused).hasSize(100);

      nodes.pass(Duration.ofMillis(200));
      worker.report(stale);
      soon().until(() -> nodes.partition.refused.size() == 101);
      assertThat(nodes.partition.refused.getLast()).contains("150 more were not written down");
    }

    @Test
    void progressAndOutputReachTheListenerWithWholeCharacters() {
      WorkerStub worker = join("a", 1);
      AttemptToken token = nodes.dispatch("x");
      byte[] euro = "€".getBytes(java.nio.charset.StandardCharsets.UTF_8);
      worker.send(
          WorkerMessage.newBuilder()
              .setProgress(
                  Progress.newBuilder()
                      .setToken(ReportReader.token(token))
                      .setFraction(0.5)
                      .setMessage("half"))
              .build());
      for (byte[] piece : List.of(new byte[] {'a', euro[0]}, new byte[] {euro[1], euro[2], 'b'})) {
        worker.send(
            WorkerMessage.newBuilder()
                .setOutput(
                    OutputChunk.newBuilder()
                        .setToken(ReportReader.token(token))
                        .setData(ByteString.copyFrom(piece)))
                .build());
      }
      soon().until(() -> nodes.signals.size() == 3);
      assertThat(nodes.signals).containsExactly("x 0.5 half", "x stdout a", "x stdout €b");
      assertThat(nodes.directory.progress("a", token)).isEqualTo(new AttemptProgress(0.5, "half"));
    }
  }

  @Nested
  class Ending {
    @Test
    void aBrokenStreamLosesTheSessionAtOnceWithoutAnyTimePassing() {
      WorkerStub worker = join("a", 1);
      AttemptToken token = nodes.dispatch("x");
      worker.breakOff();
      soon().until(() -> nodes.partition.lost.size() == 1);
      assertThat(nodes.partition.lost.getFirst().epoch()).isEqualTo(token.epoch());
      soon().until(() -> !nodes.board.isAlive("a", token.epoch()));
    }

    @Test
    void silenceMakesANodeSuspectAndThenLost() {
      join("a", 1);
      nodes.pass(Duration.ofMillis(250));
      assertThat(nodes.status("a")).isEqualTo("suspect");
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
      nodes.pass(Duration.ofMillis(200));
      assertThat(nodes.status("a")).isEqualTo("lost");
      assertThat(nodes.partition.lost).hasSize(1);
    }

    @Test
    void aWordFromASuspectNodeMakesItActiveAgain() {
      WorkerStub worker = join("a", 1);
      nodes.pass(Duration.ofMillis(250));
      worker.send(keepAlive());
      soon()
          .until(() -> {
            nodes.service.tick();
            return nodes.status("a").equals("active");
          });
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
    }

    /** It gives up what it has when its lease is over, and that is as long as a silence. */
    @Test
    void aNodeThatSpeaksAndHearsNothingIsLostLikeOneThatIsSilent() {
      WorkerStub worker = join("a", 1);
      nodes.dispatch("x");
      answersOnce(worker);
      nodes.passSpeaking(worker, Duration.ofMillis(350));
      assertThat(nodes.status("a")).isEqualTo("suspect");
      nodes.passSpeaking(worker, Duration.ofMillis(200));

      assertThat(worker.goodbye().getReason()).isEqualTo("no answer");
      assertThat(nodes.status("a")).isEqualTo("lost");
      assertThat(nodes.partition.lost).hasSize(1);
    }

    @Test
    void aNodeThatHasNeverAnsweredMayBeOfAVersionThatDoesNot() {
      WorkerStub worker = join("a", 1);
      nodes.passSpeaking(worker, Duration.ofSeconds(1));

      assertThat(nodes.status("a")).isEqualTo("active");
    }

    @Test
    void aNodeThatIsLateWithEachAnswerHears() {
      WorkerStub worker = join("a", 1);
      for (long number = 1; number <= 10; number++) {
        worker.answer(number);
        nodes.passSpeaking(worker, Duration.ofMillis(150));
      }

      assertThat(nodes.status("a")).isEqualTo("active");
    }

    @Test
    void aNodeThatReadsAndHasNotComeToTheQuestionYetHears() {
      WorkerStub worker = join("a", 100);
      answersOnce(worker);
      for (int read = 1; read <= 10; read++) {
        nodes.dispatch("x" + read);
        worker.send(WorkerMessage.newBuilder().setDispatchesRead(read).build());
        nodes.passSpeaking(worker, Duration.ofMillis(150));
      }

      assertThat(nodes.status("a")).isEqualTo("active");
    }

    @Test
    void whatWasAskedBeforeAStandstillIsNotTakenForDeafness() {
      WorkerStub worker = join("a", 1);
      answersOnce(worker);
      nodes.passSpeaking(worker, Duration.ofMillis(150));
      nodes.time.advance(Duration.ofMinutes(5));
      nodes.service.tick();
      nodes.passSpeaking(worker, Duration.ofMillis(100));

      assertThat(nodes.status("a")).isEqualTo("active");
    }

    private void answersOnce(WorkerStub worker) {
      worker.answer(1);
      nodes.passSpeaking(worker, Duration.ofMillis(50));
    }

    @Test
    void aStandstillOfTheCoordinatorIsNotTakenForSilenceOfNodes() {
      join("a", 1);
      nodes.time.advance(Duration.ofMinutes(5));
      nodes.service.tick();
      assertThat(nodes.status("a")).isEqualTo("active");
    }

    @Test
    void theCoordinatorIsNeverSilentItself() {
      WorkerStub worker = join("a", 1);
      nodes.pass(Duration.ofMillis(100));
      assertThat(worker.hear(CoordinatorMessage::hasKeepAlive).hasKeepAlive()).isTrue();
    }

    @Test
    void aNodeThatLeavesEndsWhatItHasAndGetsNothingNew() {
      WorkerStub worker = join("a", 2);
      AttemptToken token = nodes.dispatch("x");
      worker.send(WorkerMessage.newBuilder().setLeave(Leave.getDefaultInstance()).build());
      soon().until(() -> nodes.status("a").equals("draining"));
      assertThat(nodes.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
      worker.report(WorkerStub.output(ReportReader.token(token), "1"));
      worker.complete();
      soon().until(() -> nodes.status("a").equals("left"));
      assertThat(onlyReport()).isEqualTo(new Command.ReportOutput(token, IntNode.valueOf(1)));
    }

    @Test
    void aCordonOutlivesTheSessionAndTheCoordinator() {
      join("a", 1);
      nodes.directory.control().admit("a", Admission.CORDONED, null, "somebody").join();
      assertThat(nodes.board.whyWaiting("run:shell", NodesFixture.NOTHING))
          .contains("1 is cordoned");
      try (NodesFixture restarted = NodesFixture.restarted(nodes)) {
        WorkerStub.connect(restarted.channel).join(WorkerStub.hello("a", 1));
        soon().until(() -> restarted.status("a").equals("active"));
        assertThat(restarted.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNull();
        restarted.directory.control().admit("a", Admission.OPEN, null, "somebody").join();
        assertThat(restarted.board.reserve(NodesFixture.SHELL, Peers.NONE)).isNotNull();
      }
    }
  }

  @Nested
  class WhereSilenceDoesNotCount {
    @Test
    void onlyABrokenConnectionLosesANode() {
      nodes.close();
      nodes = NodesFixture.tolerant();
      WorkerStub worker = join("a", 1);

      nodes.pass(Duration.ofMinutes(1));

      assertThat(worker.ended()).isFalse();
      assertThat(nodes.status("a")).isEqualTo("suspect");
      worker.breakOff();
      soon().until(() -> nodes.status("a").equals("lost"));
    }
  }
}
