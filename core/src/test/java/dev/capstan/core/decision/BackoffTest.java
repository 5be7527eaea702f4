package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.history.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arithmetic of delays between retries (specification: Retry, Backoff, Jitter, Limit). */
class BackoffTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          delay: PT2S                                             | PT2S PT2S PT2S PT2S PT2S
          delay: PT2S, backoff: {constant: {}}                    | PT2S PT2S PT2S PT2S PT2S
          delay: PT2S, backoff: {linear: {}}                      | PT2S PT4S PT6S PT8S PT10S
          delay: PT2S, backoff: {exponential: {}}                 | PT2S PT4S PT8S PT16S PT32S
          backoff: {exponential: {}}                              | PT0S PT0S PT0S PT0S PT0S
          delay: PT0.001S, backoff: {exponential: {}}             | PT0.001S PT0.002S PT0.004S PT0.008S PT0.016S
          delay: PT1S, jitter: {from: PT3S, to: PT3S}             | PT4S PT4S PT4S PT4S PT4S
          delay: P300D, backoff: {exponential: {}}                | PT7200H PT8760H PT8760H PT8760H PT8760H
          """)
  void delays_grow_as_the_policy_says(String policy, String expected) {
    List<Duration> wanted = Stream.of(expected.split(" ")).map(Duration::parse).toList();
    assertThat(delays(policy + ", limit: {attempt: {count: 5}}", 1)).isEqualTo(wanted);
  }

  @Test
  void doubling_never_goes_beyond_a_year() {
    List<Duration> delays =
        delays("delay: PT1S, backoff: {exponential: {}}, limit: {attempt: {count: 80}}", 1);
    assertThat(delays).hasSize(80).last().isEqualTo(Duration.ofDays(365));
    assertThat(delays).isSorted().allMatch(Duration::isPositive);
  }

  @Test
  void jitter_stays_in_its_range_and_depends_on_chance_alone() {
    TreeSet<Duration> seen = new TreeSet<>();
    for (long random = 0; random < 200; random++) {
      String policy = "delay: PT1S, jitter: {from: PT2S, to: PT4S}, limit: {attempt: {count: 2}}";
      List<Duration> delays = delays(policy, random);
      assertThat(delays)
          .isEqualTo(delays(policy, random))
          .allMatch(delay -> delay.compareTo(Duration.ofSeconds(3)) >= 0)
          .allMatch(delay -> delay.compareTo(Duration.ofSeconds(5)) <= 0);
      seen.addAll(delays);
    }
    assertThat(seen).hasSizeGreaterThan(300);
    assertThat(seen.first()).isLessThan(Duration.ofMillis(3_050));
    assertThat(seen.last()).isGreaterThan(Duration.ofMillis(4_950));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "3, 3"})
  void the_count_of_attempts_is_that_of_the_retries(int count, int retries) {
    assertThat(delays("delay: PT1S, limit: {attempt: {count: " + count + "}}", 1)).hasSize(retries);
  }

  @ParameterizedTest
  @CsvSource({"PT29S, 2", "PT30S, 3", "PT31S, 3", "PT0S, 0"})
  void a_retry_may_begin_at_the_limit_of_duration_and_not_later(String limit, int retries) {
    assertThat(delays("delay: PT10S, limit: {duration: " + limit + "}", 1)).hasSize(retries);
  }

  private static List<Duration> delays(String policy, long random) {
    Desk desk =
        new Desk(
                """
                do:
                  - t:
                      try: [ { bad: { raise: { error: { type: 'https://example.com/x', status: 500 } } } } ]
                      catch: { retry: { %s } }
                """
                    .formatted(policy))
            .withRandom(random);
    List<Duration> delays = new ArrayList<>();
    Instant now = Desk.START;
    Decision.Accepted decision =
        desk.accept(new Command.Start(JsonNodeFactory.instance.objectNode(), null, Map.of(), "me"));
    for (Instant next = retry(decision, delays, now); next != null; ) {
      now = next;
      decision = desk.at(now).fire(TimerKey.Kind.RETRY, 1);
      next = retry(decision, delays, now);
    }
    return delays;
  }

  /** When the next retry is due that has to be waited for; null after the last one. */
  private static @org.jspecify.annotations.Nullable Instant retry(
      Decision.Accepted decision, List<Duration> delays, Instant now) {
    Instant last = null;
    for (Event.TaskRetried retried : Desk.events(decision, Event.TaskRetried.class)) {
      delays.add(Duration.between(now, retried.at()));
      last = retried.at();
    }
    return last != null && last.isAfter(now) ? last : null;
  }
}
