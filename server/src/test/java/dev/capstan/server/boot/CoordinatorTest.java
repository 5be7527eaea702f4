package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.core.execution.Status;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.Retention;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.ExecutionFilter;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorTest {
  private static final String WAITING =
      """
      document: {dsl: '1.0.0', namespace: test, name: waiting, version: '1.0.0'}
      do:
        - work:
            run: {shell: {command: echo}}
            metadata: {capstan: {require: {gpu: true}}}
      """;

  private static final String STEPPING =
      """
      document: {dsl: '1.0.0', namespace: test, name: stepping, version: '1.0.0'}
      do:
        - steps:
            for: {in: '[range(100)]'}
            do:
              - pause: {wait: {milliseconds: 10}}
      """;

  @TempDir Path directory;

  private static StartRequest inline(String text, String id) {
    return new StartRequest(
        text, null, null, null, new JsonMapper().createObjectNode(), id, null, Map.of());
  }

  @Test
  void whatWasAcknowledgedIsThereAfterARestart() {
    CoordinatorConfig config = CoordinatorConfig.local(directory);
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      assertThat(gateway.readiness().ready()).isTrue();
      gateway.deploy(Principal.LOCAL, WAITING, "waiting.yaml").join();
      gateway.start(Principal.LOCAL, inline(WAITING, "e1")).join();
    }
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      ExecutionView execution = coordinator.gateway().execution(Principal.LOCAL, "e1");
      assertThat(execution.status()).isEqualTo(Status.RUNNING);
      assertThat(execution.tasks())
          .singleElement()
          .satisfies(task ->
              assertThat(task.reason())
                  .startsWith("needs kind run:shell: no node is connected; it waits since 2"));
      assertThat(coordinator.gateway().definition(Principal.LOCAL, "test", "waiting", null).text())
          .isEqualTo(WAITING);
      assertThat(coordinator.gateway().audit(Principal.LOCAL, 100, null).items())
          .extracting(entry -> entry.operation())
          .contains("definition.deploy");
      ExecutionView cancelled =
          coordinator.gateway().cancel(Principal.LOCAL, "e1", "enough").join();
      assertThat(cancelled.status()).isEqualTo(Status.CANCELLED);
    }
  }

  @Test
  void theRuntimeTellsOfWhichClusterAndCoordinatorItIs() {
    String text =
        """
        document: {dsl: '1.0.0', namespace: test, name: who, version: '1.0.0'}
        do: [{who: {set: '${ $runtime | del(.version) }'}}]
        """;
    CoordinatorConfig config = CoordinatorConfig.local(directory).named("ours", "c7");
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      gateway.start(Principal.LOCAL, inline(text, "e1")).join();

      ExecutionView ended = gateway.await(Principal.LOCAL, "e1", Duration.ofSeconds(60)).join();

      assertThat(String.valueOf(ended.output()))
          .isEqualTo(
              "{\"name\":\"capstan\",\"metadata\":{\"cluster\":\"ours\",\"coordinator\":\"c7\"}}");
    }
  }

  @Test
  void aSecondProcessOnTheSameDataIsRefused() {
    CoordinatorConfig config = CoordinatorConfig.local(directory);
    try (Coordinator running = Coordinator.start(config, Map.of())) {
      assertThat(running.inProcessName()).isNotBlank();
      assertThatThrownBy(() -> Coordinator.start(config, Map.of()))
          .isInstanceOfSatisfying(
              StartupRefusal.class,
              e -> assertThat(e.code()).isEqualTo(StartupRefusal.Code.DIRECTORY_LOCKED));
    }
  }

  @Test
  void aPortThatIsTakenIsRefusedAndEverythingIsClosedAgain() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CoordinatorConfig config =
          CoordinatorConfig.local(directory).withPorts(taken.getLocalPort(), null);
      assertThatThrownBy(() -> Coordinator.start(config, Map.of()))
          .isInstanceOfSatisfying(
              StartupRefusal.class,
              e -> assertThat(e.code()).isEqualTo(StartupRefusal.Code.ADDRESS_UNAVAILABLE));
    }
    try (Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(directory).withPorts(0, null), Map.of())) {
      assertThat(coordinator.grpcPort()).isPositive();
      assertThat(coordinator.gateway().cluster(Principal.LOCAL).grpcAddress())
          .isEqualTo("127.0.0.1:" + coordinator.grpcPort());
    }
  }

  @Test
  void valuesThatCanNotWorkAreRefusedByName() {
    assertThatThrownBy(() -> CoordinatorConfig.local(directory).withPorts(70_000, null))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("grpcPort is 70000");
  }

  @Test
  void aFileOfSecretsThatIsNoMapIsRefusedWithoutShowingIt() throws IOException {
    Path file = directory.resolve("secrets.yaml");
    Files.writeString(file, "- hunter2");
    CoordinatorConfig config = CoordinatorConfig.local(directory.resolve("data")).withSecrets(file);
    assertThatThrownBy(() -> Coordinator.start(config, Map.of()))
        .isInstanceOfSatisfying(
            StartupRefusal.class,
            e -> assertThat(e.code()).isEqualTo(StartupRefusal.Code.SECRETS_UNREADABLE))
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void requestsThatAreOutOfBoundsAreRefusedByName() {
    try (Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(directory), Map.of())) {
      Gateway gateway = coordinator.gateway();
      assertThatThrownBy(() -> gateway.start(Principal.LOCAL, inline(WAITING, "a b")))
          .isInstanceOf(Refusal.class)
          .hasMessageStartingWith("id must be");
      assertThatThrownBy(() -> gateway.execution(Principal.LOCAL, "nobody"))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.code()).isEqualTo(Refusal.Code.NOT_FOUND));
      assertThatThrownBy(() -> gateway.cancel(Principal.LOCAL, "nobody", null).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.code()).isEqualTo(Refusal.Code.NOT_FOUND));
    }
  }

  @Test
  void whatHasEndedIsForgottenAfterItsTimeAndWhatIsOpenIsNot() {
    CoordinatorConfig config =
        CoordinatorConfig.local(directory)
            .withRetention(new Retention(Duration.ofMillis(200), 1_000, Duration.ofMillis(50)));
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      gateway.start(Principal.LOCAL, inline(WAITING, "open")).join();
      gateway.start(Principal.LOCAL, inline(WAITING, "ended")).join();
      gateway.cancel(Principal.LOCAL, "ended", null).join();
      await().until(() -> ids(gateway).equals(List.of("open")));
      assertThat(gateway.audit(Principal.LOCAL, 100, null).items())
          .extracting(entry -> entry.operation())
          .contains("execution.purge");
      assertThat(coordinator.check().join()).isEmpty();
    }
  }

  @Test
  void whatMovesWhileItIsCheckedIsNoViolation() {
    try (Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(directory), Map.of())) {
      Gateway gateway = coordinator.gateway();
      for (int i = 0; i < 100; i++) {
        gateway.start(Principal.LOCAL, inline(STEPPING, "e" + i)).join();
      }
      await()
          .until(() -> {
            assertThat(coordinator.check().join()).isEmpty();
            return gateway.execution(Principal.LOCAL, "e99").status() == Status.COMPLETED;
          });
    }
  }

  @Test
  void ofWhatHasEndedOnlyAsManyAreKeptAsMayBe() {
    CoordinatorConfig config =
        CoordinatorConfig.local(directory)
            .withRetention(new Retention(Duration.ofDays(7), 2, Duration.ofMillis(50)));
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      for (String id : List.of("e1", "e2", "e3", "e4", "e5")) {
        gateway.start(Principal.LOCAL, inline(WAITING, id)).join();
        gateway.cancel(Principal.LOCAL, id, null).join();
      }
      await().until(() -> ids(gateway).size() == 2);
    }
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      gateway.start(Principal.LOCAL, inline(WAITING, "e6")).join();
      gateway.cancel(Principal.LOCAL, "e6", null).join();
      gateway.start(Principal.LOCAL, inline(WAITING, "open")).join();
      await().until(() -> ids(gateway).size() == 3);
      assertThat(ids(gateway)).contains("open");
    }
  }

  private static List<String> ids(Gateway gateway) {
    ExecutionFilter all = new ExecutionFilter(null, null, null, Map.of(), null);
    return gateway.executions(Principal.LOCAL, all, 100, null).items().stream()
        .map(ExecutionView::id)
        .toList();
  }

  @Test
  void aWaitEndsWithTheExecutionOrWithItsTime() {
    try (Coordinator coordinator =
        Coordinator.start(CoordinatorConfig.local(directory), Map.of())) {
      Gateway gateway = coordinator.gateway();
      gateway.start(Principal.LOCAL, inline(WAITING, "e1")).join();
      assertThat(gateway.await(Principal.LOCAL, "e1", Duration.ofMillis(10)).join().status())
          .isEqualTo(Status.RUNNING);
      var waiting = gateway.await(Principal.LOCAL, "e1", Duration.ofSeconds(60));
      gateway.cancel(Principal.LOCAL, "e1", null).join();
      assertThat(waiting.join().status()).isEqualTo(Status.CANCELLED);
    }
  }
}
