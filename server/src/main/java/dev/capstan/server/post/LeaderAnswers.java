package dev.capstan.server.post;

import dev.capstan.node.env.Deadlines;
import dev.capstan.server.log.LogException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the answers of leaders, but not once another one leads: a machine that stands still, or
 * that the network has lost, keeps whoever asks it waiting for as long as that one can, and the
 * next leader would have answered long before. Any thread.
 *
 * @param deadlines between two looks for who leads
 */
record LeaderAnswers(Deadlines deadlines) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /**
   * The answer of one that led a partition when it was asked; fails with {@link
   * LogException.NotLeader} when another one leads before it comes. What was asked for may have
   * been done.
   */
  <T> CompletableFuture<T> of(Branch partition, String asked, CompletableFuture<T> answer) {
    CompletableFuture<T> sooner = answer.copy();
    look(partition, asked, sooner);
    return sooner;
  }

  private void look(Branch partition, String asked, CompletableFuture<?> sooner) {
    if (sooner.isDone()) {
      return;
    }
    if (isReplaced(partition, asked)) {
      sooner.completeExceptionally(new LogException.NotLeader(partition.leader()));
      return;
    }
    CompletableFuture<@Nullable Void> pause = new CompletableFuture<>();
    deadlines.watch(pause, LOOK_EVERY);
    CompletableFuture<?> _ = pause.whenComplete((_, _) -> look(partition, asked, sooner));
  }

  /** While nobody is known to lead, the one that was asked may yet answer. */
  static boolean isReplaced(Branch partition, String asked) {
    String leader = partition.leader();
    return partition.isHere() || (leader != null && !leader.equals(asked));
  }
}
