package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Started;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A start of the latest version that is sent again, when another version is the latest by then: who
 * sends it has said the same.
 */
class LatestVersionTest {
  private static final String FIRST = Yard.ONE_WAIT;
  private static final String NEWER = MigrationTest.later(FIRST);

  private final Yard yard = new Yard();

  @BeforeEach
  void deploy() {
    yard.deploy(FIRST);
  }

  @AfterEach
  void everythingStoredIsWhatHistoriesSay() {
    assertThat(yard.violations()).isEmpty();
    assertThat(yard.failures).isEmpty();
  }

  private static Start latest(String id, @Nullable String key, String text, String input) {
    return new Start(
        id,
        false,
        key,
        Yard.definition(text),
        text,
        Yard.json(input),
        null,
        Map.of(),
        "tester",
        null,
        null,
        true);
  }

  private CompletableFuture<Started> starting(Start request) {
    CompletableFuture<Started> started = yard.partition.start(request);
    yard.run();
    return started;
  }

  private void isTheFirst(CompletableFuture<Started> again) {
    assertThat(again).isCompleted();
    assertThat(again.resultNow().replayed()).isTrue();
    assertThat(again.resultNow().summary().id()).isEqualTo("a");
  }

  private static Refusal.Code refusal(CompletableFuture<Started> refused) {
    return Yard.refusal(refused).code();
  }

  @Test
  void byItsIdItIsTheSameExecution() {
    assertThat(starting(latest("a", null, FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);

    CompletableFuture<Started> again = starting(latest("a", null, NEWER, "{}"));

    isTheFirst(again);
    assertThat(again.resultNow().summary().workflow().version()).isEqualTo("1.0.0");
  }

  @Test
  void byItsKeyToo() {
    assertThat(starting(latest("a", "k", FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);

    isTheFirst(starting(latest("b", "k", NEWER, "{}")));
    isTheFirst(starting(latest("a", "k", NEWER, "{}")));
    assertThat(yard.reader.summary("b")).isNull();
  }

  @Test
  void theNextLeaderKnowsItToo() {
    assertThat(starting(latest("a", "k", FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);
    yard.restart();

    isTheFirst(starting(latest("a", null, NEWER, "{}")));
    isTheFirst(starting(latest("b", "k", NEWER, "{}")));
  }

  /** Both are decided before anything is committed. */
  @Test
  void aDeploymentBetweenTwoRequestsUnderWayMakesNoDifference() {
    yard.log.hold();
    CompletableFuture<Started> first = starting(latest("a", null, FIRST, "{}"));
    CompletableFuture<Boolean> deployed = yard.deploying(NEWER);
    yard.run();
    CompletableFuture<Started> again = starting(latest("a", null, NEWER, "{}"));
    assertThat(List.of(first, deployed, again)).noneMatch(CompletableFuture::isDone);

    yard.log.flow();
    yard.run();

    assertThat(first.resultNow().replayed()).isFalse();
    isTheFirst(again);
  }

  @Test
  void alsoWhenTheExecutionHasMovedToTheNewVersion() {
    assertThat(starting(latest("a", null, FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);
    assertThat(yard.partition.migrate(MigrationTest.move("a", NEWER))).isNotDone();
    yard.run();
    assertThat(yard.summary("a").workflow().version()).isEqualTo("1.1.0");

    isTheFirst(starting(latest("a", null, NEWER, "{}")));
    yard.restart();
    isTheFirst(starting(latest("a", null, NEWER, "{}")));
  }

  /** Only the version is left to the engine. */
  @Test
  void withAnotherInputLabelOrDeadlineItIsAnotherRequest() {
    assertThat(starting(latest("a", "k", FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);

    assertThat(refusal(starting(latest("a", null, NEWER, "{\"x\":1}"))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
    assertThat(refusal(starting(latest("b", "k", NEWER, "{\"x\":1}"))))
        .isEqualTo(Refusal.Code.KEY_REUSED);
    assertThat(refusal(starting(otherwise(Map.of("team", "x"), null))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
    Instant soon = Instant.ofEpochMilli(yard.clock.wallMillis()).plusSeconds(5);
    assertThat(refusal(starting(otherwise(Map.of(), soon)))).isEqualTo(Refusal.Code.ALREADY_EXISTS);
  }

  private static Start otherwise(Map<String, String> labels, @Nullable Instant deadline) {
    Start usual = latest("a", null, NEWER, "{}");
    return new Start(
        usual.id(),
        false,
        null,
        usual.definition(),
        usual.definitionText(),
        usual.input(),
        null,
        labels,
        "tester",
        null,
        deadline,
        true);
  }

  @Test
  void aVersionThatIsAskedForByItselfIsThatVersion() {
    assertThat(starting(latest("a", null, FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);

    isTheFirst(starting(Yard.request("a", FIRST, "{}")));
    assertThat(refusal(starting(Yard.request("a", NEWER, "{}"))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
  }

  /** The engine was left to choose, and has chosen. */
  @Test
  void whoLeavesTheVersionToTheEngineGetsTheExecutionThatHasTheId() {
    assertThat(starting(Yard.request("a", FIRST, "{}"))).isCompleted();
    yard.deploy(NEWER);

    isTheFirst(starting(latest("a", null, NEWER, "{}")));
  }

  @Test
  void anotherWorkflowWithTheSameVersionIsAnother() {
    String other = FIRST.replace("name: one-wait", "name: other");
    yard.deploy(other);
    assertThat(starting(latest("a", null, FIRST, "{}"))).isCompleted();

    assertThat(refusal(starting(latest("a", null, other, "{}"))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
  }

  /** It was never deployed, so no start by its name can have meant it. */
  @Test
  void aTextThatWasRunOnceIsNoVersionOfTheWorkflow() {
    String once = FIRST.replace("seconds: 10", "seconds: 11").replace("'1.0.0'", "'0.9.0'");
    assertThat(starting(Yard.request("a", once, "{}"))).isCompleted();

    assertThat(refusal(starting(latest("a", null, FIRST, "{}"))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
  }

  @Test
  void theKeyOfAnExecutionThatIsForgottenIsFreeAgain() {
    assertThat(starting(Yard.keyed("a", "k", Yard.ONE_SET, "{}"))).isCompleted();
    yard.pass(Duration.ofMinutes(1));
    CompletableFuture<Integer> purged =
        yard.partition.purge(List.of("a"), Instant.ofEpochMilli(yard.clock.wallMillis()));
    yard.run();
    assertThat(purged).isCompletedWithValue(1);

    CompletableFuture<Started> other = starting(Yard.keyed("b", "k", Yard.ONE_SET, "{\"x\":1}"));

    assertThat(other.resultNow().replayed()).isFalse();
    assertThat(other.resultNow().summary().id()).isEqualTo("b");
  }
}
