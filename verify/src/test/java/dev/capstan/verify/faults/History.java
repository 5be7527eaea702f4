package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The history of an execution, as a client reads it. */
record History(String execution, List<HistoryEvent> events) {
  private static final int PAGE = 500;
  private static final String STARTED = "task.started";
  private static final Set<String> TERMINAL =
      Set.of("execution.completed", "execution.faulted", "execution.cancelled");

  static History read(CapstanClient client, String execution) {
    List<HistoryEvent> events = new ArrayList<>();
    PageRequest request = PageRequest.first(PAGE);
    while (true) {
      Page<HistoryEvent> page = CapstanClient.await(client.history(execution, request));
      events.addAll(page.items());
      if (page.next() == null) {
        return new History(execution, List.copyOf(events));
      }
      request = request.after(page);
    }
  }

  /** The histories of all these, each of which must be sound. */
  static List<History> readSound(CapstanClient client, List<String> executions) {
    List<History> all = new ArrayList<>();
    for (String execution : executions) {
      History history = read(client, execution);
      history.requireSound();
      all.add(history);
    }
    return all;
  }

  /**
   * How long after a moment the last attempt that a node had then was with another one.
   *
   * @throws AssertionError when there was none: then the fault has hit nothing
   */
  static double lastRerunMillis(List<History> histories, String node, Instant moment) {
    return histories.stream()
        .flatMap(history -> history.rerun(node, moment).stream())
        .mapToDouble(time -> time.toNanos() / 1e6)
        .max()
        .orElseThrow(() ->
            new AssertionError(
                "what was done to " + node + " at " + moment + " hit no attempt of it"));
  }

  /**
   * No gap, one terminal event and it is the last, each run ends once, no attempt begins twice, and
   * each result is of the attempt that began last.
   */
  void requireSound() {
    requireResultsOfLastStarts();
    Set<Long> ended = new HashSet<>();
    Set<String> begun = new HashSet<>();
    int terminal = 0;
    for (int i = 0; i < events.size(); i++) {
      HistoryEvent event = events.get(i);
      assertThat(event.index()).as("gap in the history of %s", execution).isEqualTo(i);
      if (event.type().matches("task\\.(completed|faulted|cancelled)")) {
        assertThat(ended.add(Objects.requireNonNull(event.run())))
            .as("run %s of %s ended twice", event.run(), execution)
            .isTrue();
      }
      if (event.type().equals(STARTED)) {
        assertThat(begun.add(event.run() + "/" + event.attempt()))
            .as("attempt %s of run %s of %s began twice", event.attempt(), event.run(), execution)
            .isTrue();
      }
      terminal += TERMINAL.contains(event.type()) ? 1 : 0;
    }
    assertThat(terminal).as("terminal events of %s", execution).isOne();
    assertThat(events.getLast().type()).isIn(TERMINAL);
  }

  /** The engine says whose result it took, and the result itself says who made it. */
  private void requireResultsOfLastStarts() {
    Map<Long, HistoryEvent> started = new HashMap<>();
    for (HistoryEvent event : events) {
      if (event.type().equals(STARTED) && event.node() != null) {
        started.put(event.run(), event);
      }
      HistoryEvent last = started.get(event.run());
      if (last == null || !event.type().matches("task\\.(completed|faulted)")) {
        continue;
      }
      assertThat(List.of(String.valueOf(event.attempt()), String.valueOf(event.node())))
          .as("attempt and node of the result of run %s of %s", event.run(), execution)
          .containsExactly(String.valueOf(last.attempt()), String.valueOf(last.node()));
      if (Callers.SLOW.equals(event.task())) {
        assertThat(String.valueOf(event.output()))
            .as("result of run %s of %s", event.run(), execution)
            .contains(Callers.SLOW + "-" + last.attempt() + "-");
      }
    }
  }

  /**
   * How long after a moment the attempts that a node had then were with another one: of each such
   * attempt, which the node did not end, the time to the next attempt of the same task elsewhere.
   * One on the same node shows no recovery: the node had it again when it was back.
   */
  List<Duration> rerun(String node, Instant moment) {
    List<Duration> reruns = new ArrayList<>();
    for (HistoryEvent event : events) {
      if (event.type().equals(STARTED)
          && node.equals(event.node())
          && event.time().isBefore(moment)) {
        next(event)
            .filter(next ->
                next.type().equals(STARTED)
                    && next.time().isAfter(moment)
                    && !node.equals(next.node()))
            .map(next -> Duration.between(moment, next.time()))
            .ifPresent(reruns::add);
      }
    }
    return reruns;
  }

  /** The next event of the same task that begins or ends an attempt. */
  private Optional<HistoryEvent> next(HistoryEvent started) {
    return events.stream()
        .filter(event -> event.index() > started.index())
        .filter(event -> Objects.equals(event.run(), started.run()))
        .filter(event -> event.type().matches("task\\.(started|completed|faulted|cancelled)"))
        .findFirst();
  }
}
