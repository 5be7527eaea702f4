package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Interacting;
import dev.capstan.core.execution.Addressed;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.model.Interaction;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Something that a person or a program says to an execution, as a command to one of its tasks. */
final class SaidWork implements Work {
  private static final Duration LISTENS_LATER = Duration.ofMillis(500);

  private final Said said;
  private final long bytes;
  private final CompletableFuture<Said.Heard> future = new CompletableFuture<>();

  SaidWork(Said said, long bytes) {
    this.said = said;
    this.bytes = bytes;
  }

  CompletableFuture<Said.Heard> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    LiveExecution live = turn.find(said.execution());
    if (live == null) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "There is no execution " + said.execution() + ".");
    }
    Execution state = live.state();
    switch (said) {
      case Said.Decided decided -> {
        requireHumanTask(state, decided.run(), decided.id());
        Command command =
            new Command.Tell(decided.run(), decided.id(), decided.decision(), decided.principal());
        TaskId task = new TaskId(decided.execution(), decided.run());
        tell(turn, live, command, decided.id(), "human-task.complete", task.toString());
      }
      case Said.Assigned assigned -> {
        requireHumanTask(state, assigned.run(), null);
        assign(turn, live, assigned);
      }
      case Said.Updated updated -> {
        Command command =
            new Command.Tell(
                listener(state, updated), updated.id(), updated.input(), updated.principal());
        tell(turn, live, command, updated.id(), "execution.update", updated.execution());
      }
    }
    return true;
  }

  private void tell(
      Turn turn, LiveExecution live, Command command, String id, String operation, String object) {
    boolean before = live.state().addressed(id) != null;
    decide(turn, live, command, operation, object);
    Addressed taken = live.state().addressed(id);
    answer(
        turn,
        taken == null
            ? null
            : new Said.Heard(taken.task(), taken.index(), taken.ahead(), before, 0));
  }

  private void assign(Turn turn, LiveExecution live, Said.Assigned assigned) {
    Command command =
        new Command.AssignHumanTask(assigned.run(), assigned.assignee(), assigned.principal());
    String task = new TaskId(assigned.execution(), assigned.run()).toString();
    decide(turn, live, command, "human-task.assign", task);
    long index = live.state().eventCount() - 1;
    answer(turn, new Said.Heard(assigned.run(), index, 0, false, 0));
  }

  private void decide(
      Turn turn, LiveExecution live, Command command, String operation, String object) {
    switch (turn.decide(live, command)) {
      case Decision.Rejected rejected -> throw refusal(rejected);
      case Decision.Accepted accepted -> {
        if (!accepted.events().isEmpty()) {
          String detail = said instanceof Said.Updated updated ? updated.name() : null;
          turn.draft().audit(said.principal(), operation, object, "accepted", detail);
        }
      }
    }
  }

  /**
   * @param heard null when the task faulted before it took anything, such as by a condition that
   *     can't be evaluated
   */
  private void answer(Turn turn, Said.@Nullable Heard heard) {
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long revision) {
                if (heard == null) {
                  future.completeExceptionally(
                      new Refusal(
                          Refusal.Code.UPDATE_FAULTED,
                          "The task faulted before it took it.",
                          "The history of the execution tells why."));
                } else {
                  future.complete(heard.at(revision));
                }
              }

              @Override
              public void refused(Refusal reason) {
                future.completeExceptionally(reason);
              }
            });
  }

  /** That the task asks a person now; or, told what it was told before, that it did. */
  private static void requireHumanTask(Execution state, long run, @Nullable String id) {
    Addressed same = id == null ? null : state.addressed(id);
    if (same != null && same.task() == run) {
      return;
    }
    TaskId task = new TaskId(state.id(), run);
    TaskRun present = state.run(run);
    if (run >= state.nextRun()
        || (present != null && !(Interacting.of(present) instanceof Interaction.Human))) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "There is no human task " + task + ".",
          "capstan human-tasks lists those that are open.");
    }
    Addressed last = state.addressedTo(run);
    if (last != null) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          "Human task " + task + " was decided by " + last.by() + " at " + last.at() + ".",
          "The first decision counts; capstan history " + state.id() + " tells it.");
    }
    if (present == null) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          "Task " + task + " has ended: nobody is asked to decide any more.",
          "capstan history " + state.id() + " tells what became of it.");
    }
  }

  /** The oldest task that listens for an update of the name. */
  private static long listener(Execution state, Said.Updated updated) {
    Addressed before = state.addressed(updated.id());
    if (before != null) {
      return before.task();
    }
    List<TaskRun> listeners = Interacting.updates(state);
    for (TaskRun run : listeners) {
      if (name(run).equals(updated.name())) {
        return run.id();
      }
    }
    List<String> names = listeners.stream().map(SaidWork::name).distinct().sorted().toList();
    boolean ended = state.status().hasEnded();
    throw new Refusal(
        Refusal.Code.NOT_LISTENING,
        "No task of execution "
            + state.id()
            + " listens for the update \""
            + updated.name()
            + "\" now"
            + (ended ? ": it is " + state.status().word() + "." : "."),
        names.isEmpty()
            ? "It listens for no update"
                + (ended ? "." : " at present; one may be listened for later.")
            : "It listens for: " + String.join(", ", names) + ".",
        ended ? null : LISTENS_LATER,
        List.of());
  }

  private static String name(TaskRun run) {
    return Interacting.of(run) instanceof Interaction.Update update ? update.name() : "";
  }

  private static Refusal refusal(Decision.Rejected rejected) {
    String detail = sentence(rejected.detail());
    return switch (rejected.reason()) {
      case INVALID_DATA ->
          new Refusal(
              Refusal.Code.INVALID_DATA,
              detail,
              "Nothing has changed: the task goes on waiting.",
              null,
              rejected.faults().stream().map(SaidWork::fault).toList());
      case WRONG_STATE, STALE_TOKEN, NOT_WAITING, CANNOT_MOVE ->
          new Refusal(Refusal.Code.WRONG_STATE, detail);
    };
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  /** A fault begins with its place, unless that is the whole. */
  private static Refusal.Detail fault(String fault) {
    int end = fault.startsWith("/") ? fault.indexOf(": ") : -1;
    return new Refusal.Detail(
        Refusal.Code.INVALID_DATA.id(),
        end < 0 ? "" : fault.substring(0, end),
        0,
        0,
        end < 0 ? fault : fault.substring(end + 2),
        null);
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
