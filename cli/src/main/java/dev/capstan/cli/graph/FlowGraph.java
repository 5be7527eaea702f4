package dev.capstan.cli.graph;

import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.Catch;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Document;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskHeader;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the graph of a definition. Where the flow goes after a task is known before the task is
 * drawn: the nodes of a list are numbered first, and a list is told what follows its end. So edges
 * run from the last task of a frame straight to what comes after the frame.
 */
final class FlowGraph {
  private static final String START = "n0";
  private static final String END = "n1";

  private final Document document;
  private final List<Edge> edges = new ArrayList<>();
  private int nodes = 2;
  private int groups;

  /** Where {@code then: end} leads: in what undoes a task no farther than to its end. */
  private String end = END;

  private FlowGraph(Document document) {
    this.document = document;
  }

  static Graph of(Definition definition) {
    FlowGraph graph = new FlowGraph(definition.document());
    List<Element> elements = new ArrayList<>();
    elements.add(new Element.Node(START, Shape.TERMINAL, Labels.start(definition)));
    Body body = graph.sequence(definition.tasks(), END);
    graph.edge(START, body.entry(), "");
    elements.addAll(body.elements());
    List<Element> apart = new ArrayList<>();
    definition.use().functions().forEach((name, list) -> apart.add(graph.function(name, list)));
    definition.use().extensions().forEach(extension -> apart.add(graph.extension(extension)));
    // One that goes on as a new execution again and again does not come to an end, but for what
    // stands apart.
    if (graph.edges.stream().anyMatch(edge -> edge.to().equals(END))) {
      elements.add(new Element.Node(END, Shape.TERMINAL, List.of("end")));
    }
    if (!apart.isEmpty()) {
      elements.add(new Element.Row(apart));
    }
    graph.edges.sort(Comparator.comparingInt(edge -> Integer.parseInt(edge.from().substring(1))));
    return new Graph(
        Labels.line(definition.document().qualifiedName()),
        new Element.Column(elements),
        graph.edges);
  }

  /**
   * The nodes that the flow comes to first.
   *
   * @param gate where {@code if} is decided; null when the task has none
   * @param head the task itself, or the entry of its frame
   */
  private record Place(@Nullable String gate, String head) {
    String entry() {
      return gate == null ? head : gate;
    }
  }

  /** Elements and the node where the flow enters them. */
  private record Body(String entry, List<Element> elements) {}

  /** Where the flow goes from a task. */
  private interface Ways {
    String to(FlowDirective directive);
  }

  private Body sequence(TaskList list, String after) {
    return sequence(list, after, after);
  }

  /** A list after whose end, and after an {@code exit} in it, different things follow. */
  private Body sequence(TaskList list, String after, String left) {
    List<Place> places = places(list);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      String next = i + 1 < places.size() ? places.get(i + 1).entry() : after;
      Ways ways =
          directive ->
              switch (directive) {
                case FlowDirective.Continue _ -> next;
                case FlowDirective.Exit _ -> left;
                case FlowDirective.End _ -> end;
                case FlowDirective.GoTo target -> places.get(list.indexOf(target.task())).entry();
              };
      elements.addAll(task(list.tasks().get(i), places.get(i), ways));
    }
    return new Body(places.isEmpty() ? after : places.getFirst().entry(), elements);
  }

  private List<Place> places(TaskList list) {
    List<Place> places = new ArrayList<>();
    for (Task task : list.tasks()) {
      String gate = task.header().condition() == null ? null : node();
      places.add(new Place(gate, node()));
    }
    return places;
  }

  private List<Element> task(Task task, Place place, Ways ways) {
    List<Element> elements = new ArrayList<>();
    TaskHeader header = task.header();
    Expression condition = header.condition();
    if (place.gate() != null && condition != null) {
      elements.add(
          new Element.Node(
              place.gate(), Shape.RHOMBUS, List.of("if", Labels.expression(condition))));
      edge(place.gate(), place.head(), "");
      // Only a task that has completed says where the flow goes on.
      dashed(place.gate(), ways.to(new FlowDirective.Continue()), "skipped");
    }
    elements.add(drawn(task, place.head(), ways));
    return elements;
  }

  private Element drawn(Task task, String head, Ways ways) {
    Element element = withoutUndoing(task, head, ways);
    Task.Do compensation = task.header().compensation();
    return compensation == null
        ? element
        : new Element.Beside(element, undoing(task, compensation.tasks(), head));
  }

  /** What undoes a task stands beside it: the flow comes there only if something fails later. */
  private Element undoing(Task task, TaskList list, String head) {
    String outside = end;
    end = node();
    Body body = sequence(list, end);
    dashed(head, body.entry(), "undo");
    List<Element> elements = new ArrayList<>(body.elements());
    elements.add(dot(end));
    end = outside;
    return new Element.Group(group(), Labels.undoing(task), new Element.Column(elements));
  }

  private Element withoutUndoing(Task task, String head, Ways ways) {
    String next = ways.to(task.header().then());
    return switch (task) {
      case Task.Do group -> frame(task, dot(head), sequence(group.tasks(), next), "");
      case Task.For loop -> loop(loop, head, next);
      case Task.Fork fork -> fork(fork, head, next);
      case Task.Try attempt -> attempt(attempt, head, ways);
      case Task.Listen listen -> handler(listen, listen.forEach(), head, next);
      case Task.Subscribe messages -> handler(messages, messages.forEach(), head, next);
      case Task.Switch choice -> choice(choice, head, ways);
      // A raised error never goes on to the next task.
      case Task.Raise _ -> step(task, head, Shape.HEXAGON);
      case Task.Set _ -> step(task, head, Shape.SLANTED, next);
      case Task.Wait _ -> step(task, head, Shape.ROUND, next);
      case Task.Emit _ -> step(task, head, Shape.FLAG, next);
      case Task.RunWorkflow run when Told.continues(run) && !isUndoing() -> successor(run, head);
      case Task.Call _, Task.CallFunction _, Task.Run _, Task.RunWorkflow _ ->
          step(task, head, Shape.BOX, next);
      case Task.Extended extended -> drawn(extended.task(), head, ways);
    };
  }

  /** A function is drawn once, apart from the flow; calls name it, as lines would cross it all. */
  private Element function(String name, TaskList list) {
    String head = node();
    String back = node();
    Body body = sequence(list, back);
    List<Element> elements = new ArrayList<>();
    elements.add(dot(head));
    elements.addAll(body.elements());
    elements.add(dot(back));
    edge(head, body.entry(), "");
    return new Element.Group(
        group(), "function " + Labels.line(name), new Element.Column(elements));
  }

  /** An extension is drawn once, apart from the flow: it lies around tasks of many places. */
  private Element extension(Extension extension) {
    String head = node();
    String task = node();
    String back = node();
    Body before = sequence(extension.before(), task, back);
    Body after = sequence(extension.after(), back);
    List<Element> elements = new ArrayList<>();
    elements.add(dot(head));
    elements.addAll(before.elements());
    elements.add(new Element.Node(task, Shape.BOX, Labels.extension(extension)));
    elements.addAll(after.elements());
    elements.add(dot(back));
    edge(head, before.entry(), "");
    edge(task, after.entry(), "");
    return new Element.Group(
        group(), "extension " + Labels.line(extension.name()), new Element.Column(elements));
  }

  private Element step(Task task, String id, Shape shape, String next) {
    edge(id, next, "");
    return step(task, id, shape);
  }

  private static Element step(Task task, String id, Shape shape) {
    return new Element.Node(id, shape, Labels.step(task, Labels.kind(task)));
  }

  /** Tasks that undo others run a child instead. */
  private boolean isUndoing() {
    return !end.equals(END);
  }

  /** The execution ends, whatever stands below the task. */
  private Element successor(Task.RunWorkflow task, String head) {
    edge(head, Told.isAgain(task, document) ? START : END, "as a new execution");
    return new Element.Node(head, Shape.BOX, Labels.step(task, Told.successor(task)));
  }

  private Element choice(Task.Switch task, String head, Ways ways) {
    boolean always = false;
    for (Task.Switch.Case choice : task.cases()) {
      edge(head, ways.to(choice.then()), Labels.choice(choice));
      always |= choice.when() == null;
    }
    if (!always) {
      edge(head, ways.to(task.header().then()), "otherwise");
    }
    return step(task, head, Shape.RHOMBUS);
  }

  private Element loop(Task.For task, String head, String next) {
    Element.Node node = new Element.Node(head, Shape.ROUND, Labels.loop(task));
    Element frame = frame(task, node, sequence(task.body(), head), "each");
    edge(head, next, "done");
    return frame;
  }

  private Element handler(Task task, @Nullable ForEachEvent forEach, String head, String next) {
    TaskList body = forEach == null ? null : forEach.body();
    if (forEach == null || body == null) {
      return step(task, head, Told.isHuman(task) ? Shape.MANUAL : Shape.ROUND, next);
    }
    String item = Labels.line(forEach.item());
    Element.Node node = new Element.Node(head, Shape.ROUND, List.of("each " + item));
    Element frame = frame(task, node, sequence(body, head), "each");
    edge(head, next, "done");
    return frame;
  }

  private Element fork(Task.Fork task, String head, String next) {
    String group = group();
    String join = node();
    List<Place> places = places(task.branches());
    List<Element> branches = new ArrayList<>();
    // A branch ends at the join whatever it says, unless it ends the whole execution.
    Ways ways = directive -> directive instanceof FlowDirective.End ? end : join;
    for (int i = 0; i < places.size(); i++) {
      edge(head, places.get(i).entry(), "");
      branches.add(new Element.Column(task(task.branches().tasks().get(i), places.get(i), ways)));
    }
    if (branches.isEmpty()) {
      edge(head, join, "");
    }
    edge(join, next, "");
    return new Element.Group(
        group,
        Labels.frame(task),
        new Element.Column(List.of(dot(head), new Element.Row(branches), dot(join))));
  }

  private Element attempt(Task.Try task, String head, Ways ways) {
    Catch handler = task.handler();
    String next = ways.to(task.header().then());
    Element body = frame(task, dot(head), sequence(task.body(), next), "");
    String caught = node();
    dashed(head, caught, "error");
    if (handler.retry() != null) {
      dashed(caught, head, "retry");
    }
    Element.Node node = new Element.Node(caught, Shape.HEXAGON, Labels.handler(handler));
    String after = handler.then() == null ? next : ways.to(handler.then());
    if (handler.body() != null) {
      String title = Labels.line(task.name()) + " · catch";
      Element group = frame(title, node, sequence(handler.body(), after), "");
      return new Element.Beside(body, group);
    }
    // With retries and nothing to do, an error that is left over goes on.
    if (handler.retry() == null) {
      edge(caught, after, "");
    }
    return new Element.Beside(body, node);
  }

  private Element frame(Task task, Element.Node head, Body body, String label) {
    return frame(Labels.frame(task), head, body, label);
  }

  private Element frame(String title, Element.Node head, Body body, String label) {
    edge(head.id(), body.entry(), label);
    List<Element> elements = new ArrayList<>();
    elements.add(head);
    elements.addAll(body.elements());
    return new Element.Group(group(), title, new Element.Column(elements));
  }

  private static Element.Node dot(String id) {
    return new Element.Node(id, Shape.DOT, List.of());
  }

  private void edge(String from, String to, String label) {
    edges.add(new Edge(from, to, label, false));
  }

  private void dashed(String from, String to, String label) {
    edges.add(new Edge(from, to, label, true));
  }

  private String node() {
    return "n" + nodes++;
  }

  private String group() {
    return "g" + groups++;
  }
}
