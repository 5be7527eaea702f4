package dev.capstan.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** In which moment callers go to a server that they did not ask before. */
class SlowStartTest {
  private static final Duration ROUND = SlowStart.DOUBLED_EVERY;
  private static final int FIRST = SlowStart.FIRST;

  private final AtomicLong now = new AtomicLong(1_000);
  private final SlowStart start = new SlowStart(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private void enter(String server, int callers) throws InterruptedException {
    for (int i = 0; i < callers; i++) {
      assertThat(start.pauseNanos(server)).as("before %d", i).isZero();
      start.enter(server);
    }
  }

  @Test
  void groupsDouble() throws InterruptedException {
    enter("a", FIRST);
    assertThat(start.pauseNanos("a")).isEqualTo(ROUND.toNanos());

    pass(ROUND);
    enter("a", FIRST);
    assertThat(start.pauseNanos("a")).isEqualTo(ROUND.toNanos());

    pass(ROUND);
    enter("a", 2 * FIRST);
    assertThat(start.pauseNanos("a")).isEqualTo(ROUND.toNanos());
  }

  @Test
  void whoComesLaterHasWaitedAlready() throws InterruptedException {
    enter("a", FIRST);

    pass(ROUND.dividedBy(4));
    assertThat(start.pauseNanos("a")).isEqualTo(ROUND.toNanos() - ROUND.toNanos() / 4);
  }

  @Test
  void whoHasAnAnswerMakesRoom() throws Exception {
    enter("a", FIRST);
    CompletableFuture<Void> next = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                start.enter("a");
                next.complete(null);
              } catch (InterruptedException e) {
                next.completeExceptionally(e);
              }
            });

    start.left("a");

    assertThat(next).succeedsWithin(60, TimeUnit.SECONDS);
    caller.join();
    assertThat(start.pauseNanos("a")).as("it is full again").isPositive();
  }

  @Test
  void nobodyWaitsWhenAllAreThere() throws InterruptedException {
    enter("a", FIRST);

    pass(ROUND.multipliedBy(SlowStart.LAST_DOUBLING));
    enter("a", 10_000);
  }

  @Test
  void eachServerStartsAnew() throws InterruptedException {
    enter("a", FIRST);
    enter("b", FIRST);

    assertThat(start.pauseNanos("b")).isEqualTo(ROUND.toNanos());
    start.left("a");
    assertThat(start.pauseNanos("b")).as("who left another one makes no room").isPositive();
    assertThat(start.pauseNanos("a")).as("the others have left it").isZero();
  }
}
