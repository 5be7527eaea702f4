package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Answers that follow from no batch, as that nothing was to be done, or that there is nothing. They
 * leave when a majority has confirmed that nobody else leads: another leader may know better, and
 * whoever hears that a message has been taken forgets it. Owned by the partition's thread.
 */
final class Confirmations {
  private final Deque<Open> open = new ArrayDeque<>();

  /**
   * Answers that wait.
   *
   * @param index up to which what they say was applied
   */
  private record Open(List<Answer> answers, long index, CompletableFuture<Long> barrier) {}

  void add(List<Answer> answers, long index, CompletableFuture<Long> barrier) {
    open.add(new Open(answers, index, barrier));
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Gives the answers that are confirmed, in order; tells whether there were any. */
  boolean carryOut(Commits commits) {
    boolean any = false;
    for (Open first = open.peek(); first != null && first.barrier.isDone(); first = open.peek()) {
      open.remove();
      any = true;
      if (first.barrier.isCompletedExceptionally()) {
        Refusal reason = Refusals.of(first.barrier.exceptionNow());
        first.answers.forEach(answer -> answer.refused(reason));
      } else {
        commits.answer(first.answers, first.index);
      }
    }
    return any;
  }

  /** This replica leads no more: nobody confirms anything to it. */
  void refuse(Refusal reason) {
    List<Open> unconfirmed = List.copyOf(open);
    open.clear();
    unconfirmed.forEach(each -> each.answers.forEach(answer -> answer.refused(reason)));
  }
}
