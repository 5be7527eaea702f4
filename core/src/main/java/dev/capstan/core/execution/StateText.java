package dev.capstan.core.execution;

import java.util.Map;
import java.util.TreeMap;

/**
 * An execution's whole state as text: equal texts, equal states. For comparing replicas, and a
 * replayed history with the state that was there when it was written.
 */
public final class StateText {
  private StateText() {}

  /** The state as lines; secrets that a workflow put into its data are in it. */
  public static String of(Execution execution) {
    StringBuilder text = new StringBuilder(256);
    text.append(execution.id())
        .append(' ')
        .append(execution.status)
        .append(" suspended=")
        .append(execution.suspended);
    text.append(" events=")
        .append(execution.eventCount)
        .append(" last=")
        .append(execution.lastRun)
        .append('\n');
    text.append(execution.workflow)
        .append(" by ")
        .append(execution.startedBy)
        .append(" of ")
        .append(execution.parent);
    text.append(" after=")
        .append(execution.predecessor)
        .append(" as=")
        .append(execution.continuedAs);
    text.append(" labels=").append(execution.labels).append('\n');
    text.append("raw=")
        .append(execution.rawInput)
        .append(" input=")
        .append(execution.input)
        .append('\n');
    text.append("context=").append(execution.context).append('\n');
    text.append("from ").append(execution.startedAt).append(" to ").append(execution.endedAt);
    text.append(" deadline=").append(execution.deadline);
    text.append(" notAfter=").append(execution.notAfter).append('\n');
    text.append("output=")
        .append(execution.output)
        .append(" error=")
        .append(execution.error)
        .append('\n');
    new TreeMap<>(execution.origins())
        .forEach((now, origin) ->
            text.append("moved ").append(origin).append(" to ").append(now).append('\n'));
    execution
        .fetchedFunctions()
        .forEach((name, function) ->
            text.append("function ")
                .append(name)
                .append(' ')
                .append(function.tasks().getFirst().header().source())
                .append('\n'));
    execution
        .schemas()
        .documents()
        .forEach((resource, document) ->
            text.append("schema ").append(resource).append(' ').append(document).append('\n'));
    execution.addressed.forEach(
        (id, what) -> text.append("addressed ").append(id).append(' ').append(what).append('\n'));
    text.append("remembered=")
        .append(execution.remembered)
        .append(" compensated=")
        .append(execution.compensated)
        .append(" failed=")
        .append(execution.failedCompensations)
        .append('\n');
    for (TaskRun run : execution.runs.all()) {
      append(text, run);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, TaskRun run) {
    TaskRun parent = run.parent();
    text.append("run ")
        .append(run.id())
        .append(" in ")
        .append(parent == null ? "-" : parent.id())
        .append(' ');
    text.append(run.reference())
        .append('#')
        .append(run.iteration())
        .append(' ')
        .append(run.status());
    text.append(" attempt=")
        .append(run.attempt)
        .append(" on ")
        .append(run.node())
        .append('/')
        .append(run.epoch);
    text.append(" created=").append(run.createdAt()).append(" started=").append(run.startedAt);
    text.append(" deadline=").append(run.deadline).append(" notAfter=").append(run.notAfter);
    text.append(" error=").append(run.error).append(" settled=").append(run.settled).append('\n');
    text.append("  raw=")
        .append(run.rawInput())
        .append(" input=")
        .append(run.input)
        .append(" data=")
        .append(run.data);
    text.append(" visit=").append(run.visit).append(" undone=").append(run.undone);
    text.append(" origin=").append(run.origin);
    text.append(" schemas=").append(run.schemas).append(" fetching=").append(run.fetching);
    text.append(" unchecked=").append(run.unchecked).append(" doubt=").append(run.doubt);
    text.append('\n');
    if (!run.remembered.isEmpty() || run.undoing != null) {
      text.append("  undoing=").append(run.undoing);
      for (Undoable undoable : run.remembered) {
        text.append(' ')
            .append(undoable.order())
            .append(undoable.task().header().reference())
            .append(' ')
            .append(undoable.input())
            .append(undoable.output())
            .append(undoable.startedAt());
      }
      text.append('\n');
    }
    text.append("  after=")
        .append(run.lastChild == null ? null : run.lastChild.name())
        .append(" next=")
        .append(run.next);
    text.append(' ');
    append(text, run.progress);
    text.append('\n');
  }

  private static void append(StringBuilder text, Progress progress) {
    switch (progress) {
      case Progress.Plain _ -> text.append("plain");
      case Progress.Loop loop ->
          text.append("loop ").append(loop.iteration).append(" of ").append(loop.items());
      case Progress.Parallel loop -> {
        text.append("parallel ").append(loop.done()).append('/').append(loop.open());
        text.append(" next ").append(loop.next()).append(" of ").append(loop.items());
        for (int i = 0; i < loop.count(); i++) {
          text.append(' ').append(loop.output(i));
        }
      }
      case Progress.Branches branches -> {
        text.append("branches ").append(branches.done).append(" skipped=").append(branches.skipped);
        for (int i = 0; i < branches.count(); i++) {
          text.append(' ').append(branches.output(i));
        }
      }
      case Progress.Attempts attempts -> {
        text.append("attempts ")
            .append(attempts.retries)
            .append(' ')
            .append(attempts.firstStartedAt)
            .append(' ');
        text.append(attempts.lastStartedAt)
            .append(' ')
            .append(attempts.retryAt)
            .append(' ')
            .append(attempts.caught);
        for (Map.Entry<String, Integer> visit : attempts.visits.entrySet()) {
          text.append(' ').append(visit.getKey()).append('x').append(visit.getValue());
        }
        text.append(" undone=").append(attempts.undone);
      }
      case Progress.Extending extending ->
          text.append("extending ")
              .append(extending.stage)
              .append(' ')
              .append(extending.result)
              .append(' ')
              .append(extending.next);
      case Progress.Waiting waiting -> text.append("until ").append(waiting.until());
      case Progress.Child child -> text.append("child ").append(child.execution());
      case Progress.Consuming consuming ->
          text.append("consuming ")
              .append(consuming.consumed)
              .append(consuming.handled)
              .append(" last=")
              .append(consuming.lastNumber)
              .append(" since ")
              .append(consuming.since());
      case Progress.Listening listening -> {
        text.append("listening ")
            .append(listening.consumed)
            .append(listening.filters)
            .append(listening.terminalFilters);
        text.append(listening.identities).append(listening.keys).append(listening.handled);
        text.append(listening.human == null ? "" : " asks " + listening.human);
      }
    }
  }
}
