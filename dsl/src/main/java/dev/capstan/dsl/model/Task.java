package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Template;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of a definition. */
public sealed interface Task {

  /** What every task has. */
  TaskHeader header();

  /** Its name, unique in its list. */
  default String name() {
    return header().name();
  }

  /** The lists of tasks inside it. */
  default List<TaskList> taskLists() {
    return List.of();
  }

  /** The lists of tasks that stand in its text: those inside it, and what undoes it. */
  default List<TaskList> writtenLists() {
    Do compensation = header().compensation();
    if (compensation == null) {
      return taskLists();
    }
    List<TaskList> lists = new ArrayList<>(taskLists());
    lists.add(compensation.tasks());
    return lists;
  }

  /** Whether other tasks run inside it: those of its lists, or those of a function. */
  default boolean holdsTasks() {
    return !taskLists().isEmpty();
  }

  /** Runs tasks one after the other. */
  record Do(TaskHeader header, TaskList tasks) implements Task {
    @Override
    public List<TaskList> taskLists() {
      return List.of(tasks);
    }
  }

  /** Its output is {@code value}. */
  record Set(TaskHeader header, Template value) implements Task {}

  /**
   * Chooses where to go on; the first case whose condition holds, else the default case, else the
   * task's own directive.
   */
  record Switch(TaskHeader header, List<Case> cases) implements Task {
    public Switch {
      cases = List.copyOf(cases);
    }

    /** One way on; without a condition it is the default. */
    public record Case(String name, @Nullable Expression when, FlowDirective then) {}
  }

  /**
   * Runs {@code body} for each item, one after the other, each iteration on the output of the one
   * before; or several at a time, each on the input of the loop.
   *
   * @param parallel null for one after the other
   */
  record For(
      TaskHeader header,
      String each,
      String at,
      Template in,
      @Nullable Expression whileCondition,
      @Nullable Parallel parallel,
      TaskList body)
      implements Task {

    /**
     * The task that each iteration of a parallel loop is: a run of its own that holds those of the
     * body. Its reference is that of the body.
     */
    public Task iteration() {
      return new Do(Bare.iteration(this), body);
    }

    @Override
    public List<TaskList> taskLists() {
      return List.of(body);
    }
  }

  /**
   * Runs its branches at the same time; competing, the first to end wins and the others are
   * cancelled.
   */
  record Fork(TaskHeader header, TaskList branches, boolean compete) implements Task {
    @Override
    public List<TaskList> taskLists() {
      return List.of(branches);
    }
  }

  /** Runs {@code body}; an error that {@code handler} takes is retried or handled there. */
  record Try(TaskHeader header, TaskList body, Catch handler) implements Task {
    @Override
    public List<TaskList> taskLists() {
      return handler.body() == null ? List.of(body) : List.of(body, handler.body());
    }
  }

  /** Fails with {@code error}: an error object whose strings may be expressions. */
  record Raise(TaskHeader header, Template error) implements Task {}

  /** Waits for {@code span}, then hands its input on. */
  record Wait(TaskHeader header, Span span) implements Task {}

  /** Publishes a cloud event with these attributes and data. */
  record Emit(TaskHeader header, Template event) implements Task {}

  /**
   * Waits for cloud events.
   *
   * @param interaction by which people or programs send them through the engine; null for none
   */
  record Listen(
      TaskHeader header,
      EventStrategy to,
      ReadMode read,
      @Nullable ForEachEvent forEach,
      @Nullable Interaction interaction)
      implements Task {
    @Override
    public List<TaskList> taskLists() {
      return forEach == null || forEach.body() == null ? List.of() : List.of(forEach.body());
    }
  }

  /**
   * Calls a service, or a function that a worker brings along.
   *
   * @param function {@code http}, {@code openapi}, {@code grpc}, ... or the name of such a
   *     function, {@code name:version} in the default catalog
   * @param with the call's arguments
   */
  record Call(TaskHeader header, String function, Template with) implements Task {}

  /**
   * Has a worker subscribe to messages, and consumes them one at a time, in order.
   *
   * @param with the call's arguments without the subscription
   * @param filter which messages are consumed; null for all
   */
  record Subscribe(
      TaskHeader header,
      Template with,
      @Nullable Expression filter,
      Consumption consume,
      @Nullable ForEachEvent forEach)
      implements Task {
    @Override
    public List<TaskList> taskLists() {
      return forEach == null || forEach.body() == null ? List.of() : List.of(forEach.body());
    }
  }

  /**
   * Calls a function that is a task itself, which runs inside this one.
   *
   * @param function its name under {@code use.functions}, or the whole text of the call when it is
   *     fetched
   * @param with the raw input of the function's task
   * @param source where it is fetched from; null when the definition declares it
   */
  record CallFunction(
      TaskHeader header, String function, Template with, @Nullable FunctionSource source)
      implements Task {
    @Override
    public boolean holdsTasks() {
      return true;
    }
  }

  /**
   * Runs a process on a worker.
   *
   * @param kind {@code container}, {@code script} or {@code shell}
   * @param configuration what stands under {@code run.<kind>}
   * @param await whether the task ends with the process or as soon as it has started
   * @param returns {@code stdout, stderr, code, all} or {@code none}
   */
  record Run(TaskHeader header, String kind, Template configuration, boolean await, String returns)
      implements Task {}

  /**
   * Starts another workflow.
   *
   * @param workflow an object of {@code namespace, name, version, input}
   * @param await whether the task ends with that execution or as soon as it has been started
   */
  record RunWorkflow(TaskHeader header, Template workflow, boolean await) implements Task {}

  /**
   * A task with extensions around it. Definitions have none: which extensions apply is decided when
   * the flow comes to the task.
   *
   * <p>It has stages, one list of tasks each: what runs before the task, by extension; the task
   * itself; what runs after it, with the extensions the other way round.
   *
   * @param header the task's: its condition, data flow, timeout and directive are those of the
   *     whole
   * @param task the task itself, without them, at the same reference
   * @param extensions those that apply, at least one, the outermost first
   */
  record Extended(TaskHeader header, Task task, List<Extension> extensions) implements Task {
    public Extended {
      extensions = List.copyOf(extensions);
    }

    /** {@code task} as it stands in the definition, with extensions around it. */
    public static Extended of(Task task, List<Extension> extensions) {
      return new Extended(task.header(), Bare.of(task), extensions);
    }

    /** How many stages there are. */
    public int stages() {
      return 2 * extensions.size() + 1;
    }

    /** The stage of the task itself. */
    public int taskStage() {
      return extensions.size();
    }

    /** The tasks of a stage, from 0; may be empty. */
    public TaskList stage(int stage) {
      int own = taskStage();
      if (stage < own) {
        return extensions.get(stage).before();
      }
      return stage > own
          ? extensions.get(2 * own - stage).after()
          : new TaskList(header.reference(), List.of(task));
    }

    /**
     * The stage that follows when a task of an extension leaves what that extension is around: the
     * next one of the extension outside of it, or {@link #stages} for none.
     */
    public int outsideOf(int stage) {
      return stage < taskStage() ? stages() - stage : stage + 1;
    }

    @Override
    public boolean holdsTasks() {
      return true;
    }
  }
}
