package dev.capstan.core.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.capstan.core.execution.StateText;
import dev.capstan.core.execution.Status;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.core.migration.Change;
import dev.capstan.core.migration.Plan;
import dev.capstan.core.migration.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which executions can move to which definitions, and what becomes of those that do. */
class MigratingTest {
  private static final String HTTP = "{ call: http, with: { method: get, endpoint: 'http://h/' } }";

  /**
   * One line of the table.
   *
   * @param reaches what happens before the move
   * @param problem the reference and a part of the reason; null if it can move
   */
  record Line(
      String rule, String before, Consumer<Desk> reaches, String after, @Nullable String problem) {
    @Override
    public String toString() {
      return rule;
    }
  }

  private static Line moves(String rule, String before, String after) {
    return moves(rule, before, _ -> {}, after);
  }

  private static Line moves(String rule, String before, Consumer<Desk> reaches, String after) {
    return new Line(rule, before, reaches, after, null);
  }

  private static Line stays(String rule, String before, String after, String problem) {
    return stays(rule, before, _ -> {}, after, problem);
  }

  private static Line stays(
      String rule, String before, Consumer<Desk> reaches, String after, String problem) {
    return new Line(rule, before, reaches, after, problem);
  }

  private static CloudEvent event(String type) {
    return new CloudEvent(
        Desk.json(
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"" + type + "\"}"));
  }

  private static Consumer<Desk> assigned(long task) {
    return desk -> desk.accept(new Command.Assign(task, "node-1", 5));
  }

  private static Consumer<Desk> heard(String type) {
    return desk -> desk.accept(new Command.DeliverCloudEvent(1, event(type)));
  }

  private static Consumer<Desk> fault(long task) {
    return assigned(task)
        .andThen(desk ->
            desk.accept(
                new Command.ReportFault(
                    new AttemptToken("x", task, 1, 5), ErrorType.RUNTIME.error("no", null))));
  }

  static Stream<Line> simple() {
    return Stream.of(
        moves(
            "a step goes before",
            "do: [ { w: { wait: PT1H } } ]",
            "do: [ { new: { set: '${ 1 }' } }, { w: { wait: PT1H } } ]"),
        moves(
            "a step goes away that has ended",
            "do: [ { a: { set: '${ 1 }' } }, { w: { wait: PT1H } } ]",
            "do: [ { w: { wait: PT1H } } ]"),
        moves(
            "a step goes away that has not begun",
            "do: [ { w: { wait: PT1H } }, { a: { set: '${ 1 }' } } ]",
            "do: [ { w: { wait: PT1H } } ]"),
        moves(
            "the length of a wait that has begun differs",
            "do: [ { w: { wait: PT1H } } ]",
            "do: [ { w: { wait: PT2H } } ]"),
        stays(
            "the step that it stands in goes away",
            "do: [ { w: { wait: PT1H } }, { a: { set: '${ 1 }' } } ]",
            "do: [ { a: { set: '${ 1 }' } } ]",
            "/do/0/w: it is under way, and version 2.0.0 has no task \"w\" in its place"),
        stays(
            "the step that it stands in is of another kind",
            "do: [ { w: { wait: PT1H } } ]",
            "do: [ { w: { set: '${ 1 }' } } ]",
            "/do/0/w: it is under way as a wait, and a set"),
        stays(
            "the step that it stands in goes into a block",
            "do: [ { w: { wait: PT1H } } ]",
            "do: [ { block: { do: [ { w: { wait: PT1H } } ] } } ]",
            "/do/0/w: it is under way"),
        moves(
            "a call that waits for a node calls something else",
            "do: [ { c: " + HTTP + " } ]",
            "do: [ { c: { call: charge } } ]"),
        moves(
            "a call that waits for a node is none any more",
            "do: [ { c: " + HTTP + " } ]",
            "do: [ { c: { set: '${ 1 }' } } ]"),
        moves(
            "a call that runs has other arguments",
            "do: [ { c: " + HTTP + " } ]",
            assigned(1),
            "do: [ { c: { call: http, with: { method: post, endpoint: 'http://i/' } } } ]"),
        stays(
            "a call that runs calls something else",
            "do: [ { c: " + HTTP + " } ]",
            assigned(1),
            "do: [ { c: { call: charge } } ]",
            "/do/0/c: it runs, and calls something else"),
        stays(
            "a process that runs is another one",
            "do: [ { c: { run: { shell: { command: ls } } } } ]",
            assigned(1),
            "do: [ { c: { run: { container: { image: i } } } } ]",
            "/do/0/c: it runs, and calls something else"),
        moves(
            "the items of a loop that runs differ",
            "do: [ { l: { for: { each: x, in: '${ [1,2] }' }, do: [ { w: { wait: PT1H } } ] } } ]",
            "do: [ { l: { for: { each: y, in: '${ [3] }' }, do: [ { n: { set: '${ 1 }' } }, { w: { wait: PT1H } } ] } } ]"),
        stays(
            "what a loop stands in goes away",
            "do: [ { l: { for: { each: x, in: '${ [1,2] }' }, do: [ { w: { wait: PT1H } } ] } } ]",
            "do: [ { l: { for: { each: x, in: '${ [1,2] }' }, do: [ { v: { wait: PT1H } } ] } } ]",
            "/do/0/l/do/0/w: it is under way"));
  }

  static Stream<Line> composite() {
    String fork =
        "do: [ { f: { fork: { branches: [ { a: { set: '${ 1 }' } }, { b: { wait: PT1H } } ] } } } ]";
    String attempt =
        "do: [ { t: { try: [ { c: " + HTTP + " } ], catch: { do: [ { h: { wait: PT1H } } ] } } } ]";
    return Stream.of(
        moves(
            "branches change places",
            fork,
            "do: [ { f: { fork: { branches: [ { b: { wait: PT1H } }, { a: { set: '${ 1 }' } } ] } } } ]"),
        moves(
            "a branch comes",
            fork,
            "do: [ { f: { fork: { branches: [ { c: { wait: PT1H } }, { b: { wait: PT1H } }, { a: { set: '${ 1 }' } } ] } } } ]"),
        stays(
            "a branch goes that has ended",
            fork,
            "do: [ { f: { fork: { branches: [ { b: { wait: PT1H } } ] } } } ]",
            "/do/0/f/fork/branches/0/a: this branch has ended"),
        stays(
            "a branch goes that runs",
            fork,
            "do: [ { f: { fork: { branches: [ { a: { set: '${ 1 }' } } ] } } } ]",
            "/do/0/f/fork/branches/1/b: it is under way"),
        stays(
            "branches compete from now on",
            fork,
            "do: [ { f: { fork: { compete: true, branches: [ { a: { set: '${ 1 }' } }, { b: { wait: PT1H } } ] } } } ]",
            "/do/0/f: its branches run, and whether they compete differs"),
        moves(
            "the handler of an error goes that has not come",
            attempt,
            "do: [ { t: { try: [ { c: " + HTTP + " } ], catch: { } } } ]"),
        stays(
            "the handler of an error goes while it works",
            attempt,
            fault(2),
            "do: [ { t: { try: [ { c: " + HTTP + " } ], catch: { } } } ]",
            "/do/0/t: it handles an error, and version 2.0.0 has nothing for that"),
        moves(
            "the body of a try changes while its handler works",
            attempt,
            fault(2),
            "do: [ { t: { try: [ { d: { set: '${ 1 }' } } ], catch: { do: [ { h: { wait: PT1H } } ] } } } ]"),
        moves(
            "a listener that has heard nothing listens to something else",
            "do: [ { l: { listen: { to: { one: { with: { type: a } } } } } } ]",
            "do: [ { l: { listen: { to: { any: [ { with: { type: b } }, { with: { type: c } } ] } } } } ]"),
        stays(
            "a listener that has heard something listens to something else",
            "do: [ { l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } } } ]",
            heard("a"),
            "do: [ { l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: c } } ] } } } } ]",
            "/do/0/l: it has taken events, and listens to others"),
        moves(
            "a listener that has heard something reads it otherwise",
            "do: [ { l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } } } ]",
            heard("a"),
            "do: [ { l: { listen: { read: envelope, to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } } } ]"),
        stays(
            "a listener that has heard something handles events from now on",
            "do: [ { l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } } } ]",
            heard("a"),
            "do: [ { l: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } }, foreach: { do: [ { s: { set: '${ 1 }' } } ] } } } ]",
            "/do/0/l: it has taken events, and what becomes of each differs"));
  }

  static Stream<Line> reusable() {
    String extended =
        "use: { extensions: [ { x: { extend: wait, before: [ { b: { set: '${ 1 }' } } ] } } ] }\ndo: [ { w: { wait: PT1H } } ]";
    String function =
        "use: { functions: { f: { do: [ { w: { wait: PT1H } } ] }, g: { do: [ { w: { wait: PT1H } } ] } } }\n";
    return Stream.of(
        moves(
            "an extension has another place among others",
            extended,
            "use: { extensions: [ { y: { extend: call, before: [ { b: { set: '${ 1 }' } } ] } }, { x: { extend: wait, before: [ { b: { set: '${ 2 }' } } ] } } ] }\ndo: [ { w: { wait: PT1H } } ]"),
        stays(
            "an extension goes that is around a task that runs",
            extended,
            "do: [ { w: { wait: PT1H } } ]",
            "/do/0/w: the extension \"x\" is around it"),
        moves("an extension comes that would apply", "do: [ { w: { wait: PT1H } } ]", extended),
        moves(
            "a function that runs gets more to do",
            function + "do: [ { c: { call: f } } ]",
            "use: { functions: { f: { do: [ { s: { set: '${ 1 }' } }, { w: { wait: PT1H } }, { v: { set: '${ 1 }' } } ] } } }\ndo: [ { c: { call: f } } ]"),
        stays(
            "another function is called than the one that runs",
            function + "do: [ { c: { call: f } } ]",
            function + "do: [ { c: { call: g } } ]",
            "/do/0/c: it runs, and calls something else"),
        stays(
            "the function that runs is none that is a task any more",
            function + "do: [ { c: { call: f } } ]",
            "do: [ { c: { call: f } } ]",
            "/do/0/c: it is under way as a call of a function that is a task"));
  }

  static Stream<Line> standing() {
    Consumer<Desk> suspendedAfterOne =
        assigned(1)
            .andThen(desk -> desk.accept(new Command.Suspend("tester", null)))
            .andThen(desk ->
                desk.accept(
                    new Command.ReportOutput(new AttemptToken("x", 1, 1, 5), Desk.json("1"))));
    return Stream.of(
        moves(
            "it goes on after a task that is there",
            "do: [ { a: " + HTTP + " }, { b: { set: '${ 1 }' } } ]",
            suspendedAfterOne,
            "do: [ { a: " + HTTP + " }, { n: { wait: PT1H } }, { b: { set: '${ 1 }' } } ]"),
        stays(
            "it would go on after a task that is gone",
            "do: [ { a: " + HTTP + " }, { b: { set: '${ 1 }' } } ]",
            suspendedAfterOne,
            "do: [ { b: { set: '${ 1 }' } } ]",
            "/do/0/a: it has just ended, and where to go on can't be told"),
        moves(
            "a task that faulted is another one",
            "do: [ { a: " + HTTP + " } ]",
            fault(1),
            "do: [ { a: { wait: PT1H } } ]"),
        stays(
            "a task that faulted is gone",
            "do: [ { a: " + HTTP + " } ]",
            fault(1),
            "do: [ { b: { wait: PT1H } } ]",
            "/do/0/a: it is under way"));
  }

  private static String listener(String name, String settings) {
    return "do: [ { l: { listen: { to: { one: { with: { type: com.example."
        + name
        + " } } } }, metadata: { capstan: { "
        + settings
        + " } } } } ]";
  }

  private static String subscription(String consumes) {
    return "do: [ { s: { call: asyncapi, with: { document: { endpoint: 'https://h/a.json' }, operation: get, subscription: { "
        + consumes
        + " } } } } ]";
  }

  private static Consumer<Desk> consumed(int number) {
    return desk ->
        desk.accept(
            new Command.DeliverMessage(
                new AttemptToken("x", 1, 1, 5), number, Desk.json("{\"payload\":" + number + "}")));
  }

  static Stream<Line> interactions() {
    String human = listener("decided", "human: { title: Who? }");
    Consumer<Desk> one = assigned(1).andThen(consumed(1));
    String successor =
        "do: [ { go: { run: { workflow: { namespace: test, name: test, version: '%s' } }, metadata: { capstan: { %s } } } } ]";
    return Stream.of(
        moves(
            "a human task asks for something else in its form",
            human,
            listener("decided", "human: { title: Whoever?, form: { type: object } }")),
        stays(
            "a human task is for nobody any more",
            human,
            listener("decided", "priority: 1"),
            "/do/0/l: it is under way as a human task, and a listen"),
        moves(
            "an update takes something else",
            listener("changed", "update: { name: change }"),
            listener("altered", "update: { name: change, input: { type: object } }")),
        stays(
            "an update has another name",
            listener("changed", "update: { name: change }"),
            listener("changed", "update: { name: alter }"),
            "/do/0/l: it is under way as the update \"change\", and the update \"alter\""),
        moves(
            "a subscription that has a message wants fewer of them",
            subscription("consume: { amount: 5 }"),
            one,
            subscription("filter: '${ true }', consume: { amount: 2 }")),
        stays(
            "a subscription that has a message handles them from now on",
            subscription("consume: { amount: 5 }"),
            one,
            subscription("consume: { amount: 5 }, foreach: { do: [ { h: { set: '${ 1 }' } } ] }"),
            "/do/0/s: it has taken messages, and what becomes of each differs"),
        stays(
            "a subscription is a call",
            subscription("consume: { amount: 5 }"),
            one,
            "do: [ { s: " + HTTP + " } ]",
            "/do/0/s: it is under way as a subscription, and a call"),
        moves(
            "a successor would be of another version",
            successor.formatted("1.0.0", "continueAsNew: true"),
            successor.formatted("2.0.0", "continueAsNew: true")),
        stays(
            "a successor would be a child",
            successor.formatted("1.0.0", "continueAsNew: true"),
            successor.formatted("1.0.0", "priority: 1"),
            "/do/0/go: it is under way as a run that continues as new, and a run of a workflow"));
  }

  private static String undone(String by) {
    return "{ a: { set: { n: 1 }, metadata: { capstan: { compensate: [ { u: " + by + " } ] } } } }";
  }

  static Stream<Line> undoing() {
    String set = undone("{ set: { n: 2 } }");
    return Stream.of(
        moves(
            "what may have to be undone stands elsewhere",
            "do: [ " + set + ", { w: { wait: PT1H } } ]",
            "do: [ { n: { set: '${ 1 }' } }, " + set + ", { w: { wait: PT1H } } ]"),
        stays(
            "what may have to be undone is gone",
            "do: [ " + set + ", { w: { wait: PT1H } } ]",
            "do: [ { w: { wait: PT1H } } ]",
            "/do/0/a: it has completed and may have to be undone, and version 2.0.0 has no task"),
        stays(
            "what may have to be undone is undone otherwise",
            "do: [ " + set + ", { w: { wait: PT1H } } ]",
            "do: [ " + undone("{ set: { n: 3 } }") + ", { w: { wait: PT1H } } ]",
            "/do/0/a: it has completed and may have to be undone, which version 2.0.0 does otherwise"),
        moves(
            "what has not completed is undone otherwise",
            "do: [ { w: { wait: PT1H } }, " + set + " ]",
            "do: [ { w: { wait: PT1H } }, " + undone("{ set: { n: 3 } }") + " ]"),
        stays(
            "an execution undoes",
            "do: [ " + undone("{ wait: PT1H }") + ", { c: " + HTTP + " } ]",
            fault(2),
            "do: [ { n: { set: '${ 1 }' } }, "
                + undone("{ wait: PT1H }")
                + ", { c: "
                + HTTP
                + " } ]",
            "/do: what had completed in it is undone"),
        stays(
            "a try undoes",
            "do: [ { t: { try: [ "
                + undone("{ wait: PT1H }")
                + ", { c: "
                + HTTP
                + " } ], catch: { } } } ]",
            fault(3),
            "do: [ { n: { set: '${ 1 }' } }, { t: { try: [ "
                + undone("{ wait: PT1H }")
                + ", { c: "
                + HTTP
                + " } ], catch: { } } } ]",
            "/do/0/t: what had completed in it is being undone"));
  }

  private static String loop(String parallel, String body) {
    return "do: [ { l: { for: { each: x, in: '${ [1,2,3] }' }, metadata: { capstan: { "
        + parallel
        + " } }, do: [ "
        + body
        + " ] } } ]";
  }

  static Stream<Line> atTheSameTime() {
    String two = loop("parallel: { width: 2 }", "{ w: { wait: PT1H } }");
    return Stream.of(
        moves(
            "fewer iterations at a time, and errors are collected",
            two,
            loop("parallel: { width: 1, onError: collect }", "{ w: { wait: PT1H } }")),
        moves(
            "the body of a parallel loop has more to do",
            two,
            loop("parallel: { width: 2 }", "{ n: { set: '${ 1 }' } }, { w: { wait: PT1H } }")),
        stays(
            "iterations are one after the other",
            two,
            loop("priority: 1", "{ w: { wait: PT1H } }"),
            "/do/0/l: it is under way as a for with parallel iterations, and a for in"),
        stays(
            "iterations are at the same time from now on",
            loop("priority: 1", "{ w: { wait: PT1H } }"),
            two,
            "/do/0/l: it is under way as a for, and a for with parallel iterations in"),
        stays(
            "what an iteration stands in goes away",
            two,
            loop("parallel: { width: 2 }", "{ v: { wait: PT1H } }"),
            "/do/0/l/do/0/w: it is under way"));
  }

  @ParameterizedTest
  @MethodSource({
    "simple",
    "composite",
    "reusable",
    "standing",
    "interactions",
    "undoing",
    "atTheSameTime"
  })
  void who_can_move_and_who_stays(Line line) {
    Desk desk = Desk.started(line.before());
    line.reaches().accept(desk);
    String before = StateText.of(desk.execution());
    Command.Migrate command = desk.to(line.after());

    Plan plan = Plan.of(desk.execution(), command.to(), Map.of());
    assertThat(StateText.of(desk.execution())).as("a plan changes nothing").isEqualTo(before);
    Decision decision = desk.decide(command);

    assertThat(decision instanceof Decision.Accepted).as(plan.toString()).isEqualTo(plan.canMove());
    if (line.problem() == null) {
      assertThat(plan.problems()).isEmpty();
      assertThat(desk.execution().definition()).isSameAs(command.to());
      assertThat(StateText.of(desk.replayed())).isEqualTo(StateText.of(desk.execution()));
      desk.execution().runs().forEach(run -> isOfDefinition(desk, run));
    } else {
      assertThat(plan.problems())
          .extracting(Problem::toString)
          .first()
          .asString()
          .startsWith(line.problem());
      assertThat(StateText.of(desk.execution())).as("it stays as it was").isEqualTo(before);
    }
  }

  private static void isOfDefinition(Desk desk, TaskRun run) {
    if (run.parent() != null) {
      assertThat(run.task().header().source())
          .isSameAs(desk.execution().task(run.reference()).header().source());
    }
  }

  @Test
  void a_history_tells_the_move() {
    Desk desk = Desk.started("do: [ { a: { set: '${ 1 }' } }, { w: { wait: PT1H } } ]");
    Command.Migrate command =
        desk.to(
            "do: [ { n: { set: '${ 1 }' } }, { a: { set: '${ 1 }' } }, { w: { wait: PT1H } }, { z: { set: '${ 1 }' } } ]");
    WorkflowReference from = Objects.requireNonNull(desk.execution().workflow());

    Plan plan = Plan.of(desk.execution(), command.to(), Map.of());
    Decision.Accepted moved = desk.accept(command);

    assertThat(plan.changes())
        .containsExactly(
            new Change(Change.Kind.MOVES, "/do/1/w", "/do/2/w"),
            new Change(Change.Kind.ADDED, "/do/3/z", "/do/3/z"));
    assertThat(moved.events())
        .containsExactly(
            new Event.ExecutionMigrated(
                from, WorkflowReference.to(command.to()), Map.of("/do/1/w", "/do/2/w"), "tester"));
    assertThat(desk.execution().workflow()).isEqualTo(WorkflowReference.to(command.to()));
    desk.after(Duration.ofHours(1)).fire(TimerKey.Kind.WAIT, 2);
    assertThat(desk.execution().status()).isEqualTo(Status.COMPLETED);
    assertThat(desk.execution().output()).isEqualTo(Desk.json("1"));
  }

  @Test
  void to_where_it_is_already_there_is_nothing_to_do() {
    Desk desk = Desk.started("do: [ { w: { wait: PT1H } } ]");
    Command.Migrate command = desk.to("do: [ { w: { wait: PT2H } } ]");
    desk.accept(command);

    assertThat(desk.accept(command).events()).isEmpty();
  }

  @Test
  void and_back_again() {
    String before = "do: [ { w: { wait: PT1H } }, { z: { set: '${ 1 }' } } ]";
    Desk desk = Desk.started(before);
    desk.accept(desk.to("do: [ { n: { set: '${ 1 }' } }, { w: { wait: PT1H } } ]"));

    desk.accept(new Command.Migrate(Desk.definition(before), Map.of(), "tester"));

    assertThat(Objects.requireNonNull(desk.execution().run(1)).reference()).isEqualTo("/do/0/w");
    desk.after(Duration.ofHours(1)).fire(TimerKey.Kind.WAIT, 1);
    assertThat(desk.execution().output()).isEqualTo(Desk.json("1"));
  }

  @Test
  void one_that_has_ended_stays() {
    Desk desk = Desk.started("do: [ { a: { set: '${ 1 }' } } ]");

    assertThat(desk.decide(desk.to("do: [ { b: { set: '${ 1 }' } } ]")))
        .isInstanceOfSatisfying(
            Decision.Rejected.class,
            rejected -> assertThat(rejected.reason()).isEqualTo(Decision.Reason.WRONG_STATE));
  }

  @Test
  void another_workflow_is_no_version() {
    Desk desk = Desk.started("do: [ { w: { wait: PT1H } } ]");
    Command.Migrate command =
        new Command.Migrate(
            Desk.named("other", "do: [ { w: { wait: PT1H } } ]"), Map.of(), "tester");

    assertThat(desk.decide(command)).isInstanceOf(Decision.Rejected.class);
  }

  @Test
  void a_task_with_another_name_is_told_by_the_map() {
    Desk desk = Desk.started("do: [ { w: { wait: PT1H } }, { v: { set: '${ 1 }' } } ]");
    String after =
        "do: [ { s: { set: '${ 1 }' } }, { pause: { wait: PT1H } }, { w: { set: '${ 2 }' } } ]";

    desk.accept(desk.to(after, Map.of("/do/0/w", "/do/1/pause")));

    assertThat(Objects.requireNonNull(desk.execution().run(1)).reference())
        .isEqualTo("/do/1/pause");
    desk.after(Duration.ofHours(1)).fire(TimerKey.Kind.WAIT, 1);
    assertThat(desk.execution().output()).isEqualTo(Desk.json("2"));
  }

  @Test
  void a_map_to_nowhere_is_a_problem() {
    Desk desk = Desk.started("do: [ { w: { wait: PT1H } } ]");
    Command.Migrate command =
        desk.to("do: [ { w: { wait: PT1H } } ]", Map.of("/do/0/w", "/do/7/pause"));

    assertThat(Plan.of(desk.execution(), command.to(), command.given()).problems())
        .extracting(Problem::reference)
        .containsOnly("/do/0/w");
  }

  @Test
  void an_attempt_on_a_node_goes_on_and_its_result_counts() {
    Desk desk = Desk.started("do: [ { c: " + HTTP + " } ]");
    assigned(1).accept(desk);

    Decision.Accepted moved =
        desk.accept(
            desk.to(
                "do: [ { n: { set: '${ 1 }' } }, { c: "
                    + HTTP
                    + " }, { o: { set: '${ {got: .} }' } } ]"));

    assertThat(moved.effects()).isEmpty();
    desk.accept(new Command.ReportOutput(new AttemptToken("x", 1, 1, 5), Desk.json("7")));
    assertThat(desk.execution().output()).isEqualTo(Desk.json("{\"got\":7}"));
  }

  @Test
  void a_task_that_waits_for_a_node_stands_in_line_as_the_new_version_says() {
    Desk desk =
        Desk.started(
            "do: [ { c: { call: charge, metadata: { capstan: { queueTimeout: PT1M } } } } ]");

    Decision.Accepted moved =
        desk.after(Duration.ofSeconds(10))
            .accept(
                desk.to("do: [ { c: { call: charge, metadata: { capstan: { priority: 5 } } } } ]"));

    assertThat(moved.effects())
        .contains(
            new Effect.DisarmTimer(new TimerKey(TimerKey.Kind.QUEUE_TIMEOUT, 1)),
            new Effect.Withdraw(1),
            new Effect.Enqueue(1, "function:charge", Desk.json("{\"priority\":5}")));
    assertThat(Objects.requireNonNull(desk.execution().run(1)).pendingSince())
        .isEqualTo(Desk.START);
  }

  @Test
  void suspended_it_moves_and_goes_on_there() {
    Desk desk = Desk.started("do: [ { c: { call: charge } } ]");
    desk.accept(new Command.Suspend("tester", null));

    Decision.Accepted moved = desk.accept(desk.to("do: [ { c: { set: '${ 3 }' } } ]"));

    assertThat(moved.effects()).isEmpty();
    desk.accept(new Command.Resume("tester"));
    assertThat(desk.execution().output()).isEqualTo(Desk.json("3"));
  }

  @Test
  void what_faulted_moves_and_is_retried_there() {
    Desk desk = Desk.started("do: [ { c: " + HTTP + " } ]");
    fault(1).accept(desk);

    Decision.Accepted moved =
        desk.accept(desk.to("do: [ { n: { set: '${ 1 }' } }, { c: { set: '${ 3 }' } } ]"));

    assertThat(moved.effects()).isEmpty();
    assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    desk.accept(new Command.Retry("tester"));
    assertThat(desk.execution().output()).isEqualTo(Desk.json("3"));
  }

  @Test
  void outputs_of_branches_go_by_their_names() {
    Desk desk =
        Desk.started(
            "do: [ { f: { fork: { branches: [ { a: { set: '${ 1 }' } }, { b: { wait: PT1H } }, { c: { set: '${ 3 }' } } ] } } } ]");

    Decision.Accepted moved =
        desk.accept(
            desk.to(
                "do: [ { f: { fork: { branches: [ { c: { set: '${ 3 }' } }, { d: { set: '${ 4 }' } }, { b: { wait: PT1H } }, { a: { set: '${ 1 }' } } ] } } } ]"));

    assertThat(Desk.events(moved, Event.TaskCreated.class))
        .as("the new branch begins")
        .extracting(Event.TaskCreated::reference)
        .containsExactly("/do/0/f/fork/branches/1/d");
    desk.after(Duration.ofHours(1)).fire(TimerKey.Kind.WAIT, 3);
    assertThat(desk.execution().output()).isEqualTo(Desk.json("[3, 4, {}, 1]"));
  }

  @Test
  void a_listener_is_subscribed_to_what_it_wants_now() {
    Desk desk = Desk.started("do: [ { l: { listen: { to: { one: { with: { type: a } } } } } } ]");

    Decision.Accepted moved =
        desk.accept(desk.to("do: [ { l: { listen: { to: { one: { with: { type: b } } } } } } ]"));

    assertThat(moved.effects()).contains(new Effect.Subscribe(1, List.of("b")));
  }

  /** A retry after the move is the same deed for the outside world as the try before it. */
  @Test
  void keys_of_idempotency_outlive_moves() {
    String attempt =
        "{ t: { try: [ { c: "
            + HTTP
            + " } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 5 } } } } } }";
    Desk desk = Desk.started("do: [ " + attempt + " ]");
    fault(2).accept(desk);
    String before = key(desk, 1);

    desk.accept(desk.to("do: [ { n: { set: '${ 1 }' } }, " + attempt + " ]"));
    Decision.Accepted again = desk.after(Duration.ofSeconds(1)).fire(TimerKey.Kind.RETRY, 1);

    assertThat(Desk.events(again, Event.TaskCreated.class))
        .extracting(Event.TaskCreated::reference)
        .containsExactly("/do/1/t/try/0/c");
    Decision.Accepted assigned = desk.accept(new Command.Assign(3, "node-1", 5));
    assertThat(Desk.effects(assigned, Effect.Dispatch.class))
        .extracting(Effect.Dispatch::idempotencyKey)
        .containsExactly(before + "/do/0/t/try/0/c/0/1");
  }

  private static String key(Desk desk, long scope) {
    return desk.execution().id() + "/" + scope;
  }

  @Test
  void the_time_for_an_attempt_is_that_of_the_new_version() {
    String attempt =
        "do: [ { t: { try: [ { c: "
            + HTTP
            + " } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 5, duration: %s } } } } } } ]";
    Desk desk = Desk.started(attempt.formatted("PT1M"));

    Decision.Accepted moved = desk.accept(desk.to(attempt.formatted("PT5M")));

    TimerKey limit = new TimerKey(TimerKey.Kind.ATTEMPT_TIMEOUT, 1);
    assertThat(moved.effects())
        .containsSubsequence(
            new Effect.DisarmTimer(limit),
            new Effect.ArmTimer(limit, Desk.START.plus(Duration.ofMinutes(5))));
  }

  @Test
  void a_switch_that_has_chosen_keeps_to_it_or_the_execution_stays() {
    String before =
        "do: [ { s: { switch: [ { c: { then: b } } ] } }, { a: { set: '${ 1 }' } }, { b: { set: '${ 2 }' } } ]";
    Desk desk = new Desk("do: [ { c: " + HTTP + " }, " + before.substring(6));
    desk.accept(new Command.Start(Desk.json("{}"), null, Map.of(), "test"));
    assigned(1).accept(desk);
    desk.accept(new Command.Suspend("tester", null));
    desk.accept(new Command.ReportOutput(new AttemptToken("x", 1, 1, 5), Desk.json("1")));

    desk.accept(desk.to("do: [ { c: " + HTTP + " }, { b: { set: '${ 5 }' } } ]"));
    desk.accept(new Command.Resume("tester"));

    assertThat(desk.execution().output()).isEqualTo(Desk.json("5"));
  }

  @Test
  void a_wider_loop_begins_more_iterations_at_once() {
    Desk desk = Desk.started(loop("parallel: { width: 1 }", "{ w: { wait: PT1H } }"));

    Decision.Accepted moved =
        desk.accept(
            desk.to(
                loop("parallel: { width: 2 }", "{ n: { set: '${ 1 }' } }, { w: { wait: PT1H } }")));

    assertThat(Desk.events(moved, Event.TaskCreated.class))
        .extracting(Event.TaskCreated::reference, Event.TaskCreated::iteration)
        .startsWith(tuple("/do/0/l/do", 1), tuple("/do/0/l/do/0/n", 1), tuple("/do/0/l/do/1/w", 1))
        .hasSize(3);
  }

  @Test
  void what_has_completed_is_undone_where_it_stands_now() {
    String a = undone("{ set: { n: 2 } }");
    Desk desk = Desk.started("do: [ " + a + ", { c: " + HTTP + " } ]");
    desk.accept(desk.to("do: [ { n: { set: '${ 1 }' } }, " + a + ", { c: " + HTTP + " } ]"));

    fault(2).accept(desk);

    assertThat(desk.execution().status()).isEqualTo(Status.FAULTED);
    assertThat(desk.execution().hasCompensated()).isTrue();
    assertThat(desk.execution().failedCompensations()).isEmpty();
    assertThat(StateText.of(desk.replayed())).isEqualTo(StateText.of(desk.execution()));
  }

  @Test
  void messages_that_were_consumed_count_on() {
    Desk desk = Desk.started(subscription("consume: { amount: 5 }"));
    assigned(1).andThen(consumed(1)).accept(desk);
    desk.accept(desk.to(subscription("consume: { amount: 2 }")));

    consumed(2).accept(desk);

    assertThat(desk.execution().output()).isEqualTo(Desk.json("[{\"payload\":1},{\"payload\":2}]"));
  }

  @Test
  void the_time_to_consume_is_that_of_the_new_version() {
    Desk desk = Desk.started(subscription("consume: { amount: 5, for: PT1M }"));
    assigned(1).accept(desk);

    Decision.Accepted moved = desk.accept(desk.to(subscription("consume: { amount: 5 }")));

    TimerKey time = new TimerKey(TimerKey.Kind.CONSUMPTION, 1);
    assertThat(moved.effects())
        .contains(new Effect.DisarmTimer(time))
        .noneMatch(effect -> effect instanceof Effect.ArmTimer arm && arm.key().equals(time));
  }

  @Test
  void settings_that_were_settled_and_deadlines_stay() {
    String call =
        "do: [ { c: { call: charge, metadata: { capstan: { key: '${ \"%s\" }', deadline: '%s' } } } } ]";
    Desk desk = Desk.started(call.formatted("a", "2026-02-01T00:00:00Z"));

    Decision.Accepted moved = desk.accept(desk.to(call.formatted("b", "2026-03-01T00:00:00Z")));

    assertThat(Desk.effects(moved, Effect.Enqueue.class))
        .extracting(Effect.Enqueue::metadata)
        .first()
        .asString()
        .contains("\"key\":\"a\"");
    assertThat(Objects.requireNonNull(desk.execution().run(1)).notAfter())
        .isEqualTo("2026-02-01T00:00:00Z");
  }
}
