package dev.capstan.core.migration;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Progress;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.execution.Undoable;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether every run that is open has its counterpart, and can go on as that. */
final class Standing {
  private final Execution execution;
  private final Definition to;
  private final Counterparts counterparts;
  private final Set<Problem> problems = new LinkedHashSet<>();

  /** Runs without a counterpart: of those inside of them nothing more is said. */
  private final Set<Long> lost = new TreeSet<>();

  Standing(Execution execution, Definition to, Counterparts counterparts) {
    this.execution = execution;
    this.to = to;
    this.counterparts = counterparts;
  }

  List<Problem> problems() {
    if (execution.hasCompensated()) {
      problem("/do", "what had completed in it is undone, which only its own version can do");
      return new ArrayList<>(problems);
    }
    execution.runs().forEach(this::check);
    return new ArrayList<>(problems);
  }

  private void check(TaskRun run) {
    TaskRun parent = run.parent();
    if (parent != null && lost.contains(parent.id())) {
      lost.add(run.id());
      return;
    }
    if (parent != null && !stands(run, parent)) {
      lost.add(run.id());
      return;
    }
    if (run.undoing() != null) {
      problem(
          run.reference(),
          "what had completed in it is being undone, which only its own version can do");
      lost.add(run.id());
      return;
    }
    if (parent == null) {
      schemas(run, run.task(), to.output(), Export.NOTHING);
    }
    run.remembered().forEach(this::undoes);
    goesOn(run);
  }

  /** What has completed is undone as it was promised when it began, or the execution stays. */
  private void undoes(Undoable undoable) {
    String reference = undoable.task().header().reference();
    Task fresh = counterparts.task(reference);
    if (fresh == null) {
      problem(
          reference,
          "it has completed and may have to be undone, and version "
              + version()
              + " has no task \""
              + undoable.task().name()
              + "\" in its place");
    } else if (!compensation(undoable.task()).equals(compensation(fresh))) {
      problem(
          reference,
          "it has completed and may have to be undone, which version "
              + version()
              + " does otherwise (compensate)");
    }
  }

  private static JsonNode compensation(Task task) {
    return task.header().told().path("compensate");
  }

  private boolean stands(TaskRun run, TaskRun parent) {
    String reference = run.reference();
    if (isFetched(reference)) {
      return staysFetched(reference);
    }
    Task fresh = counterparts.task(reference);
    if (fresh == null) {
      problem(
          reference,
          "it is under way, and version "
              + version()
              + " has no task \""
              + run.task().name()
              + "\" in its place");
      return false;
    }
    Task old = run.task() instanceof Task.Extended extended ? extended.task() : run.task();
    if (beginsAnew(run, parent)) {
      return true;
    }
    if (!Kinds.of(old).equals(Kinds.of(fresh))) {
      problem(
          reference,
          "it is under way as "
              + Kinds.of(old)
              + ", and "
              + Kinds.of(fresh)
              + " in version "
              + version());
      return false;
    }
    onNode(run, old, fresh);
    progress(run, old, fresh);
    schemas(run, fresh, parent);
    return true;
  }

  /** Of an extended task the run around it checks what comes out, and its own what it handles. */
  private void schemas(TaskRun run, Task fresh, TaskRun parent) {
    boolean isInside =
        parent.task() instanceof Task.Extended && !parent.isExtensionTask(run.reference());
    if (!isInside) {
      schemas(run, fresh, fresh.header().output(), fresh.header().export());
    }
    ForEachEvent each = run.task() instanceof Task.Extended ? null : forEach(fresh);
    if (each != null) {
      schemas(run, fresh, each.output(), each.export());
    }
  }

  /** Schemas that stand elsewhere are fetched before a task begins, and this one has. */
  private void schemas(TaskRun run, Task fresh, Output output, Export export) {
    boolean begins =
        (run.status() == Status.PENDING || run.fetching() != null)
            && run.progress() instanceof Progress.Plain;
    if (!begins
        && !execution.schemas().suffice(run, execution.definition(), to, fresh, output, export)) {
      problem(
          run.parent() == null ? "/output" : run.reference(),
          "it has begun, and version "
              + version()
              + " names an external schema for what comes out of it, which would have been fetched"
              + " before");
    }
  }

  private static @Nullable ForEachEvent forEach(Task task) {
    if (task instanceof Task.Listen listen) {
      return listen.forEach();
    }
    return task instanceof Task.Subscribe subscribe ? subscribe.forEach() : null;
  }

  /** A function that was fetched is part of the history, and comes along. */
  private boolean isFetched(String reference) {
    return execution.definition().find(reference) == null;
  }

  private boolean staysFetched(String reference) {
    if (to.find(reference) == null) {
      return true;
    }
    problem(
        reference,
        "it belongs to a function that was fetched, and version "
            + version()
            + " declares one of that name");
    return false;
  }

  /** Whether nothing of what it has done counts, so that it may become a task of another kind. */
  private boolean beginsAnew(TaskRun run, TaskRun parent) {
    boolean bare =
        !(run.task() instanceof Task.Extended) && !(parent.task() instanceof Task.Extended);
    boolean nothingInside = run.lastChild() == null && execution.runsIn(run).isEmpty();
    boolean waits = run.status() == Status.PENDING && run.progress() instanceof Progress.Plain;
    boolean faulted =
        run.status() == Status.FAULTED && !(run.progress() instanceof Progress.Attempts);
    return bare && nothingInside && (waits || faulted);
  }

  /** The result of an attempt counts for the counterpart, which must be asking for the same. */
  private void onNode(TaskRun run, Task old, Task fresh) {
    boolean same =
        switch (old) {
          case Task.Call call ->
              run.node() == null
                  || (fresh instanceof Task.Call now && now.function().equals(call.function()));
          case Task.Run process ->
              run.node() == null
                  || (fresh instanceof Task.Run now && now.kind().equals(process.kind()));
          case Task.CallFunction call ->
              fresh instanceof Task.CallFunction now
                  && now.function().equals(call.function())
                  && (now.source() == null) == (call.source() == null);
          case Task.Do _,
              Task.Set _,
              Task.Switch _,
              Task.For _,
              Task.Fork _,
              Task.Try _,
              Task.Raise _,
              Task.Wait _,
              Task.Emit _,
              Task.Listen _,
              Task.Subscribe _,
              Task.RunWorkflow _,
              Task.Extended _ ->
              true;
        };
    if (!same) {
      problem(run.reference(), "it runs, and calls something else in version " + version());
    }
  }

  private void progress(TaskRun run, Task old, Task fresh) {
    switch (run.progress()) {
      case Progress.Attempts attempts -> handler(run, attempts, fresh);
      case Progress.Branches branches -> branches(run, branches, old, fresh);
      case Progress.Listening listening -> listening(run, listening, old, fresh);
      case Progress.Consuming consuming -> consuming(run, consuming, old, fresh);
      case Progress.Extending extending -> extensions(run, extending, fresh);
      case Progress.Plain _,
          Progress.Loop _,
          Progress.Parallel _,
          Progress.Waiting _,
          Progress.Child _ -> {}
    }
  }

  private void handler(TaskRun run, Progress.Attempts attempts, Task fresh) {
    if (attempts.caught() != null
        && fresh instanceof Task.Try now
        && now.handler().body() == null) {
      problem(
          run.reference(),
          "it handles an error, and version "
              + version()
              + " has nothing for that to do (catch.do)");
    }
  }

  private void branches(TaskRun run, Progress.Branches progress, Task old, Task fresh) {
    if (!(old instanceof Task.Fork fork) || !(fresh instanceof Task.Fork now)) {
      return;
    }
    if (fork.compete() != now.compete()) {
      problem(
          run.reference(),
          "its branches run, and whether they compete differs in version " + version());
    }
    if (now.branches().tasks().isEmpty()) {
      problem(run.reference(), "its branches run, and version " + version() + " has none");
    }
    for (int i = 0; i < progress.count(); i++) {
      Task branch = fork.branches().tasks().get(i);
      String reference = branch.header().reference();
      if (progress.output(i) != null && counterparts.task(reference) == null) {
        problem(
            reference,
            "this branch has ended, and its output has no place in version "
                + version()
                + ", which does not have it");
      }
    }
  }

  private void listening(TaskRun run, Progress.Listening progress, Task old, Task fresh) {
    boolean untouched = progress.consumed().isEmpty() && progress.terminalFilters().isEmpty();
    if (untouched || !(old instanceof Task.Listen before) || !(fresh instanceof Task.Listen now)) {
      return;
    }
    if (!listensTo(before).equals(listensTo(now))) {
      problem(
          run.reference(),
          "it has taken events, and listens to others in version " + version() + " (listen.to)");
    }
    sameHandling(run, "events", before.forEach(), now.forEach());
  }

  /** What was consumed counts on; how much is enough, and what passes, is asked anew. */
  private void consuming(TaskRun run, Progress.Consuming progress, Task old, Task fresh) {
    if (!progress.consumed().isEmpty()
        && old instanceof Task.Subscribe before
        && fresh instanceof Task.Subscribe now) {
      sameHandling(run, "messages", before.forEach(), now.forEach());
    }
  }

  /** Outputs of the handler stand beside what was taken, one each. */
  private void sameHandling(
      TaskRun run, String what, @Nullable ForEachEvent before, @Nullable ForEachEvent now) {
    if (isHandled(before) != isHandled(now) || (before == null) != (now == null)) {
      problem(
          run.reference(),
          "it has taken "
              + what
              + ", and what becomes of each differs in version "
              + version()
              + " (foreach)");
    }
  }

  private static JsonNode listensTo(Task.Listen task) {
    return task.header().source().path("listen").path("to");
  }

  private static boolean isHandled(@Nullable ForEachEvent handler) {
    return handler != null && handler.body() != null;
  }

  private void extensions(TaskRun run, Progress.Extending progress, Task fresh) {
    if (!(run.task() instanceof Task.Extended extended)) {
      return;
    }
    for (Extension extension : extended.extensions()) {
      if (counterparts.extension(extension.reference()) == null) {
        problem(
            run.reference(),
            "the extension \""
                + extension.name()
                + "\" is around it, and version "
                + version()
                + " has none of that name");
      }
    }
    goesTo(progress.next(), fresh, run.reference());
  }

  /** A run whose last task has ended goes on after that one's counterpart. */
  private void goesOn(TaskRun run) {
    Task last = run.lastChild();
    if (last == null) {
      return;
    }
    String reference = last.header().reference();
    if (isFetched(reference)) {
      return;
    }
    Task fresh = counterparts.task(reference);
    if (fresh == null) {
      problem(
          reference,
          "it has just ended, and where to go on can't be told: version "
              + version()
              + " does not have it");
      return;
    }
    goesTo(run.next(), fresh, reference);
  }

  private void goesTo(@Nullable FlowDirective next, Task fresh, String reference) {
    if (next instanceof FlowDirective.GoTo target) {
      TaskList list = counterparts.newListOf(fresh.header().reference());
      if (list == null || list.indexOf(target.task()) < 0) {
        problem(
            reference,
            "the flow is to go on with \""
                + target.task()
                + "\", which version "
                + version()
                + " does not have there");
      }
    }
  }

  private String version() {
    return to.document().version();
  }

  private void problem(String reference, String reason) {
    problems.add(new Problem(reference, reason));
  }
}
