package dev.capstan.verify.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Whoever asks a coordinator something has an answer in the end, unless that one dies. */
final class Answers {
  /** Where all is well, it takes less. */
  private static final long AT_MOST = TimeUnit.SECONDS.toNanos(1);

  private static final int MANY = 1_000;

  private final Agenda agenda;
  private final List<Asked> open = new ArrayList<>();
  private int tidyAt = MANY;

  private record Asked(
      String what, SimulatedProcess process, int life, long nanos, CompletableFuture<?> answer) {
    boolean isOpen() {
      return !answer.isDone() && process.isAlive() && process.life() == life;
    }
  }

  Answers(Agenda agenda) {
    this.agenda = agenda;
  }

  /** Takes note of what is asked, and hands it on. */
  <T> CompletableFuture<T> to(String what, SimulatedProcess asked, CompletableFuture<T> answer) {
    open.add(new Asked(what, asked, asked.life(), agenda.nanos(), answer));
    if (open.size() > tidyAt) {
      open.removeIf(each -> !each.isOpen());
      tidyAt = MANY + open.size();
    }
    return answer;
  }

  /** What has waited for longer than it takes while all is well. */
  List<String> missing() {
    return open.stream()
        .filter(each -> each.isOpen() && agenda.nanos() - each.nanos() > AT_MOST)
        .map(each -> each.process().name() + " does not answer: " + each.what())
        .toList();
  }
}
