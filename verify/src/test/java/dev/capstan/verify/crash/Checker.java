package dev.capstan.verify.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What must be true of an engine's data, whatever happened to its processes. */
public final class Checker {
  private static final Duration LONGEST = Duration.ofSeconds(90);
  private static final Set<String> TERMINAL =
      Set.of("execution.completed", "execution.faulted", "execution.cancelled");

  private final Gateway gateway;

  /** A check through this gateway. */
  public Checker(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Every acknowledged start exists and ends; what was told of its end is what is stored; its
   * history holds together.
   *
   * @param acknowledged ids to names of definitions
   * @param toldEnds ids to the status that they were said to have ended with
   */
  public void check(Map<String, String> acknowledged, Map<String, String> toldEnds) {
    List<String> unknown = acknowledged.keySet().stream().filter(this::isUnknown).toList();
    assertThat(unknown).as("lost of %s acknowledged", acknowledged.size()).isEmpty();
    for (Map.Entry<String, String> start : acknowledged.entrySet()) {
      String id = start.getKey();
      ExecutionView execution = gateway.await(Principal.LOCAL, id, LONGEST).join();
      assertThat(execution.name()).as("definition of %s", id).isEqualTo(start.getValue());
      assertThat(execution.status())
          .as("status of %s, error %s", id, execution.error())
          .isEqualTo(Status.COMPLETED);
      String told = toldEnds.get(id);
      if (told != null) {
        assertThat(execution.status().word()).as("what was told of %s", id).isEqualTo(told);
      }
      checkHistory(execution);
    }
  }

  private boolean isUnknown(String id) {
    try {
      ExecutionView _ = gateway.execution(Principal.LOCAL, id);
      return false;
    } catch (Refusal e) {
      if (e.code() == Refusal.Code.NOT_FOUND) {
        return true;
      }
      throw e;
    }
  }

  private void checkHistory(ExecutionView execution) {
    List<HistoryEntry> history = history(execution.id());
    for (int i = 0; i < history.size(); i++) {
      assertThat(history.get(i).index())
          .as("gap in the history of %s", execution.id())
          .isEqualTo(i);
    }
    List<HistoryEntry> ends =
        history.stream().filter(entry -> TERMINAL.contains(entry.type())).toList();
    assertThat(ends).as("terminal events of %s", execution.id()).hasSize(1);
    assertThat(history.getLast()).isEqualTo(ends.getFirst());
    assertThat(ends.getFirst().output())
        .as("stored output of %s", execution.id())
        .isEqualTo(execution.output());
    requireOneEndEach(execution.id(), history);
    requireGrowingAttempts(execution.id(), history);
  }

  /** No attempt is accepted twice: a run of a task ends once. */
  private static void requireOneEndEach(String id, List<HistoryEntry> history) {
    Set<Long> ended = new HashSet<>();
    for (HistoryEntry entry : history) {
      if (entry.type().matches("task\\.(completed|faulted|cancelled)")) {
        assertThat(ended.add(Objects.requireNonNull(entry.run())))
            .as("run %s of %s ended twice", entry.run(), id)
            .isTrue();
      }
    }
  }

  private static void requireGrowingAttempts(String id, List<HistoryEntry> history) {
    Set<String> attempts = new HashSet<>();
    for (HistoryEntry entry : history) {
      if (entry.type().equals("task.started")) {
        assertThat(attempts.add(entry.run() + "/" + entry.attempt()))
            .as("attempt %s of run %s of %s started twice", entry.attempt(), entry.run(), id)
            .isTrue();
      }
    }
  }

  private List<HistoryEntry> history(String id) {
    List<HistoryEntry> entries = new ArrayList<>();
    Page<HistoryEntry> page = gateway.history(Principal.LOCAL, id, 0, 500);
    entries.addAll(page.items());
    while (page.next() != null) {
      page = gateway.history(Principal.LOCAL, id, entries.size(), 500);
      entries.addAll(page.items());
    }
    return entries;
  }
}
