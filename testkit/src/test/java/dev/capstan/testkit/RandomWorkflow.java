package dev.capstan.testkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Valid definitions made from a seed: tasks of all kinds inside each other. Lengths of time are
 * drawn to the nanosecond, so that no two things happen at the same moment unless one follows from
 * the other.
 */
final class RandomWorkflow {
  /** Types of the cloud events that are listened to, emitted and published. */
  static final int EVENT_TYPES = 3;

  /** Documents of schemas, by the first digit at the end of their URIs. */
  static final int SCHEMAS = 3;

  private static final int DEEPEST = 3;
  private static final int MOST_TASKS = 24;
  private static final String[] EXTENDED = {"all", "call", "composite", "set", "try", "wait"};
  private static final int[] AT_ONCE = {0, 4, 5, 7};
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final SplittableRandom random;
  private ObjectNode functions = JSON.objectNode();
  private int tasks;
  private boolean mayRunChild;
  private boolean atOnce;
  private boolean undoes;

  RandomWorkflow(SplittableRandom random) {
    this.random = random;
  }

  /** The definition of an execution that may start children. */
  String main() {
    mayRunChild = true;
    return definition("main", MOST_TASKS);
  }

  /** The definition of its children. */
  String child() {
    mayRunChild = false;
    return definition("child", 6);
  }

  private String definition(String name, int most) {
    tasks = MOST_TASKS - most;
    functions = JSON.objectNode();
    ObjectNode definition = JSON.objectNode();
    definition
        .putObject("document")
        .put("dsl", "1.0.3")
        .put("namespace", "generated")
        .put("name", name)
        .put("version", "1.0.0");
    if (chance(10)) {
      definition.putObject("timeout").put("after", span(300));
    }
    definition.set("do", list(0, false));
    ArrayNode extensions = extensions();
    ObjectNode use = definition.putObject("use");
    use.set("functions", functions);
    use.set("extensions", extensions);
    if (chance(20)) {
      definition.putObject("output").put("as", "${ {left: ., n: $context.n} }");
    }
    if (chance(5)) {
      schema(definition.withObject("/output"));
    }
    return definition.toString();
  }

  /**
   * Of tasks that take no time, since one extension may run in several branches: what they did at
   * the same moment would follow no order.
   */
  private ArrayNode extensions() {
    atOnce = true;
    ArrayNode extensions = JSON.arrayNode();
    while (chance(25)) {
      ObjectNode extension = extensions.addObject().putObject("x");
      extension.put("extend", EXTENDED[random.nextInt(EXTENDED.length)]);
      if (chance(50)) {
        extension.put("when", "(($context.n // 0) % 2) == 0");
      }
      extension.set("before", list(DEEPEST, false));
      extension.set("after", list(DEEPEST, false));
    }
    atOnce = false;
    return extensions;
  }

  private ArrayNode list(int depth, boolean inLoop) {
    ArrayNode list = JSON.arrayNode();
    int size = 1 + random.nextInt(3);
    for (int i = 0; i < size; i++) {
      String name = "t" + i;
      list.addObject().set(name, task(depth, i, size, inLoop));
    }
    return list;
  }

  private ObjectNode task(int depth, int position, int size, boolean inLoop) {
    tasks++;
    ObjectNode task = JSON.objectNode();
    body(task, depth, inLoop);
    if (chance(15)) {
      task.put("if", inLoop && chance(50) ? "$index == 1" : "(($context.n // 0) % 2) == 0");
    }
    if (chance(20)) {
      task.putObject("export").put("as", "${ {n: (($context.n // 0) + 1)} }");
    }
    if (chance(15)) {
      task.putObject("output").put("as", chance(10) ? "error(\"output\")" : "${ {as: .} }");
    }
    if (chance(10)) {
      task.putObject("input").put("from", chance(10) ? "error(\"input\")" : "${ {from: .} }");
    }
    if (chance(10)) {
      task.putObject("timeout").put("after", span(60));
    }
    // A child would have another id for each fetch that is lost before it.
    if (!atOnce && !undoes && !task.has("run") && chance(10)) {
      schema(task.withObject("/" + (chance(50) ? "input" : "output")));
    }
    if (!undoes && chance(15)) {
      compensate(task);
    }
    then(task, position, size);
    return task;
  }

  /** One that stands elsewhere; what is fetched takes time. */
  private void schema(ObjectNode checked) {
    String uri = "http://localhost/schemas/" + random.nextInt(SCHEMAS);
    checked
        .withObject("/schema/resource")
        .put("endpoint", chance(50) ? uri : "${ \"" + uri + "\" + ($context.n // 0 | tostring) }");
  }

  private void compensate(ObjectNode task) {
    undoes = true;
    task.putObject("metadata").putObject("capstan").set("compensate", list(DEEPEST, false));
    undoes = false;
  }

  private void then(ObjectNode task, int position, int size) {
    int draw = random.nextInt(100);
    if (draw < 4) {
      task.put("then", "exit");
    } else if (draw < 6) {
      task.put("then", "end");
    } else if (draw < 16 && position + 1 < size) {
      task.put("then", "t" + (position + 1 + random.nextInt(size - position - 1)));
    }
  }

  private void body(ObjectNode task, int depth, boolean inLoop) {
    boolean leaf = depth >= DEEPEST || tasks >= MOST_TASKS;
    switch (atOnce ? AT_ONCE[random.nextInt(AT_ONCE.length)] : random.nextInt(leaf ? 9 : 18)) {
      case 0 -> task.putObject("set").put("v", inLoop ? "${ $item }" : "${ . | tojson | length }");
      case 1 -> task.put("wait", span(60));
      case 2, 3 -> call(task);
      case 4 -> raise(task);
      case 5 -> emit(task);
      case 6 -> listen(task, depth, leaf);
      case 7 -> choose(task);
      case 8 -> child(task);
      case 9, 10 -> task.set("do", list(depth + 1, inLoop));
      case 11, 12 -> loop(task, depth);
      case 13, 14 -> fork(task, depth, inLoop);
      case 15, 16 -> function(task, depth, inLoop);
      default -> attempt(task, depth, inLoop);
    }
  }

  private static void call(ObjectNode task) {
    task.put("call", "http");
    task.putObject("with").put("method", "get").put("endpoint", "http://localhost/x");
  }

  /**
   * A function of its own for each call: what becomes of its tasks must not depend on the order of
   * calls.
   */
  private void function(ObjectNode task, int depth, boolean inLoop) {
    String name = "f" + functions.size();
    functions.putObject(name);
    functions.set(name, task(depth + 1, 0, 1, false));
    task.put("call", name);
    task.putObject("with").put("given", inLoop ? "${ $item }" : "${ . | tojson | length }");
  }

  private void raise(ObjectNode task) {
    if (!atOnce && chance(50)) {
      call(task);
      return;
    }
    task.putObject("raise")
        .putObject("error")
        .put("type", "https://example.com/x")
        .put("status", 400 + random.nextInt(2));
  }

  private void emit(ObjectNode task) {
    ObjectNode event = task.putObject("emit").putObject("event").putObject("with");
    event.put("type", eventType()).put("data", "${ $context.n }");
  }

  private void choose(ObjectNode task) {
    ArrayNode cases = task.putArray("switch");
    cases
        .addObject()
        .putObject("odd")
        .put("when", "(($context.n // 0) % 2) == 1")
        .put("then", chance(20) ? "exit" : "continue");
    if (chance(50)) {
      cases.addObject().putObject("other").put("then", "continue");
    }
  }

  private void child(ObjectNode task) {
    if (!mayRunChild) {
      task.putObject("set").put("v", 1);
      return;
    }
    ObjectNode run = task.putObject("run");
    run.putObject("workflow")
        .put("namespace", "generated")
        .put("name", "child")
        .put("version", "1.0.0");
    if (chance(20)) {
      run.put("await", false);
    }
  }

  private void listen(ObjectNode task, int depth, boolean leaf) {
    ObjectNode to = task.putObject("listen").putObject("to");
    switch (random.nextInt(4)) {
      case 0 -> filter(to.putObject("one"));
      case 1 -> {
        ArrayNode all = to.putArray("all");
        filter(all.addObject());
        filter(all.addObject());
      }
      case 2 -> {
        filter(to.putArray("any").addObject());
        to.put("until", ". | length == 2");
      }
      default -> {
        filter(to.putArray("any").addObject());
        filter(to.putObject("until").putObject("one"));
      }
    }
    if (chance(30)) {
      ObjectNode each = task.putObject("foreach");
      if (!leaf) {
        each.set("do", list(depth + 1, true));
      }
      if (chance(30)) {
        each.putObject("export").put("as", "${ {n: (($context.n // 0) + 1)} }");
      }
    }
  }

  private void filter(ObjectNode filter) {
    filter.putObject("with").put("type", eventType());
    if (chance(20)) {
      filter.putObject("correlate").putObject("key").put("from", ".data");
    }
  }

  private String eventType() {
    return "e" + random.nextInt(EVENT_TYPES);
  }

  private void loop(ObjectNode task, int depth) {
    task.putObject("for").put("in", "${ [range(" + random.nextInt(4) + ")] }");
    if (chance(40)) {
      parallel(task);
      return;
    }
    if (chance(20)) {
      task.put("while", "($context.n // 0) < 4");
    }
    task.set("do", list(depth + 1, true));
  }

  /** Each iteration waits for another time, and what it then does takes none. */
  private void parallel(ObjectNode task) {
    boolean outer = atOnce;
    atOnce = true;
    ArrayNode body = list(DEEPEST, true);
    atOnce = outer;
    String millis = random.nextInt(1, 20_000) + " + $item * " + random.nextInt(1, 10_000);
    body.insertObject(0).putObject("w").put("wait", "${ {milliseconds: (" + millis + ")} }");
    task.set("do", body);
    ObjectNode parallel = task.putObject("metadata").putObject("capstan").putObject("parallel");
    parallel.put("width", 1 + random.nextInt(3));
    if (chance(50)) {
      parallel.put("onError", "collect");
    }
  }

  private void fork(ObjectNode task, int depth, boolean inLoop) {
    ObjectNode fork = task.putObject("fork");
    ArrayNode branches = fork.putArray("branches");
    int count = 2 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      ObjectNode branch = task(depth + 1, 0, 1, inLoop);
      branches.addObject().set("b" + i, branch);
    }
    fork.put("compete", chance(35));
  }

  private void attempt(ObjectNode task, int depth, boolean inLoop) {
    task.set("try", list(depth + 1, inLoop));
    ObjectNode handler = task.putObject("catch");
    if (chance(40)) {
      handler.putObject("errors").putObject("with").put("status", 400 + random.nextInt(2));
    }
    if (chance(10)) {
      handler.put("when", chance(20) ? "error(\"when\")" : "$error.status != 404");
    }
    if (chance(70)) {
      retry(handler.putObject("retry"));
    }
    if (chance(50)) {
      handler.set("do", list(depth + 1, inLoop));
    }
    if (chance(10)) {
      handler.put("then", "exit");
    }
  }

  private void retry(ObjectNode policy) {
    if (chance(60)) {
      policy.put("delay", span(10));
    }
    switch (random.nextInt(4)) {
      case 0 -> policy.putObject("backoff").putObject("linear");
      case 1 -> policy.putObject("backoff").putObject("exponential");
      case 2 -> policy.putObject("jitter").put("from", "PT0S").put("to", span(5));
      default -> policy.putObject("backoff").putObject("constant");
    }
    ObjectNode limit = policy.putObject("limit");
    ObjectNode attempt = limit.putObject("attempt").put("count", random.nextInt(3));
    if (chance(30)) {
      attempt.put("duration", span(40));
    }
    if (chance(30)) {
      limit.put("duration", span(60));
    }
  }

  private String span(int seconds) {
    return Duration.ofNanos(random.nextLong(1, seconds * 1_000_000_000L)).toString();
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
