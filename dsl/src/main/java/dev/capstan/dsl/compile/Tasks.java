package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.CatalogEntry;
import dev.capstan.dsl.model.Catch;
import dev.capstan.dsl.model.Consumption;
import dev.capstan.dsl.model.Extension;
import dev.capstan.dsl.model.FlowDirective;
import dev.capstan.dsl.model.ForEachEvent;
import dev.capstan.dsl.model.FunctionSource;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.model.TaskHeader;
import dev.capstan.dsl.model.TaskKind;
import dev.capstan.dsl.model.TaskList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles tasks; each knows its JSON pointer in the definition. */
final class Tasks {
  private final Templates templates;
  private final DataFlow dataFlow;
  private final Policies policies;
  private final Events events;
  private final Reuse reuse;
  private final EngineSettings settings;

  Tasks(Templates templates, DataFlow dataFlow, Policies policies, Events events, Reuse reuse) {
    this.templates = templates;
    this.dataFlow = dataFlow;
    this.policies = policies;
    this.events = events;
    this.reuse = reuse;
    this.settings = new EngineSettings(templates);
  }

  TaskList list(JsonNode items, String reference) {
    List<Task> tasks = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      Map.Entry<String, JsonNode> item = items.get(i).properties().iterator().next();
      String pointer = reference + "/" + i;
      tasks.add(
          task(header(item.getKey(), Pointers.child(pointer, item.getKey()), i, item.getValue())));
    }
    return new TaskList(reference, tasks);
  }

  /** A function as a list of its own, at its place under {@code use.functions}. */
  TaskList function(String name, JsonNode function) {
    String pointer = "/use/functions";
    return new TaskList(
        pointer, List.of(task(header(name, Pointers.child(pointer, name), 0, function))));
  }

  /** One of {@code use.extensions}; a list that is left out is an empty one. */
  Extension extension(int position, String name, JsonNode extension) {
    String reference = Pointers.child("/use/extensions/" + position, name);
    return new Extension(
        name,
        reference,
        extension.required("extend").textValue(),
        templates.optional(extension.get("when")),
        list(extension.path("before"), reference + "/before"),
        list(extension.path("after"), reference + "/after"));
  }

  private TaskHeader header(String name, String reference, int position, JsonNode task) {
    return new TaskHeader(
        name,
        reference,
        position,
        templates.optional(task.get("if")),
        dataFlow.input(task.get("input"), reference),
        dataFlow.output(task.get("output"), reference),
        dataFlow.export(task.get("export"), reference),
        policies.timeout(task.get("timeout")),
        FlowDirective.of(task.path("then").asText("continue")),
        Reuse.orEmpty(task.path("metadata")),
        compensation(reference, task.path("metadata").path("capstan").get("compensate")),
        settings.ofTask(task.path("metadata")),
        task);
  }

  private Task.@Nullable Do compensation(String undone, @Nullable JsonNode tasks) {
    if (tasks == null) {
      return null;
    }
    String reference = undone + "/metadata/capstan/compensate";
    return new Task.Do(TaskHeader.plain("compensate", reference), list(tasks, reference));
  }

  private Task task(TaskHeader header) {
    JsonNode task = header.source();
    TaskKind kind = TaskKind.of(task);
    if (kind == null) {
      throw new IllegalStateException("an unchecked task: " + header.reference());
    }
    JsonNode body = task.required(kind.key());
    return switch (kind) {
      case CALL -> call(header, body.textValue(), task.get("with"));
      case DO -> new Task.Do(header, list(body, header.reference() + "/do"));
      case EMIT ->
          new Task.Emit(header, templates.value(Reuse.orEmpty(body.path("event").path("with"))));
      case FOR -> loop(header, body);
      case FORK ->
          new Task.Fork(
              header,
              list(body.required("branches"), header.reference() + "/fork/branches"),
              body.path("compete").asBoolean(false));
      case LISTEN ->
          new Task.Listen(
              header,
              events.strategy(body.required("to")),
              Events.readMode(body),
              forEach(task.get("foreach"), header.reference()),
              new Interactions(templates).of(task));
      case RAISE ->
          new Task.Raise(header, templates.value(reuse.resolve("errors", body.required("error"))));
      case RUN -> run(header, body);
      case SET -> new Task.Set(header, templates.value(body));
      case SWITCH -> new Task.Switch(header, cases(body));
      case TRY -> attempt(header, body);
      case WAIT -> new Task.Wait(header, policies.span(body));
    };
  }

  private Task call(TaskHeader header, String function, @Nullable JsonNode with) {
    if (function.equals("asyncapi") && with != null && with.has("subscription")) {
      return subscription(header, with);
    }
    Template arguments = templates.value(with == null ? Reuse.EMPTY : with);
    if (reuse.declares("functions", function)) {
      return new Task.CallFunction(header, function, arguments, null);
    }
    if (CatalogEntry.isUri(function)) {
      Template uri = new Template.Constant(TextNode.valueOf(function));
      return new Task.CallFunction(header, function, arguments, new FunctionSource(uri, null));
    }
    CatalogEntry entry = CatalogEntry.parse(function);
    if (entry == null) {
      return new Task.Call(header, function, arguments);
    }
    if (!reuse.declares("catalogs", entry.catalog())) {
      return new Task.Call(header, entry.name() + ":" + entry.version(), arguments);
    }
    JsonNode endpoint = reuse.declared("catalogs", entry.catalog()).required("endpoint");
    return new Task.CallFunction(
        header, function, arguments, new FunctionSource(templates.value(endpoint), entry));
  }

  private Task subscription(TaskHeader header, JsonNode with) {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    with.properties().forEach(field -> arguments.set(field.getKey(), field.getValue()));
    JsonNode subscription = arguments.remove("subscription");
    return new Task.Subscribe(
        header,
        templates.value(arguments),
        templates.optional(subscription.get("filter")),
        consumption(subscription.required("consume")),
        forEach(subscription.get("foreach"), header.reference() + "/with/subscription"));
  }

  private Consumption consumption(JsonNode consume) {
    JsonNode span = consume.get("for");
    Expression whileCondition = templates.optional(consume.get("while"));
    Expression until = templates.optional(consume.get("until"));
    Consumption.End end =
        whileCondition != null
            ? new Consumption.End.While(whileCondition)
            : until != null
                ? new Consumption.End.Until(until)
                : new Consumption.End.Amount(consume.required("amount").intValue());
    return new Consumption(span == null ? null : policies.span(span), end);
  }

  private Task loop(TaskHeader header, JsonNode body) {
    JsonNode in = body.required("in");
    JsonNode task = header.source();
    return new Task.For(
        header,
        body.path("each").asText("item"),
        body.path("at").asText("index"),
        in.isTextual() ? new Template.Computed(templates.expression(in)) : templates.value(in),
        templates.optional(task.get("while")),
        EngineSettings.parallel(header.metadata()),
        list(task.required("do"), header.reference() + "/do"));
  }

  private @Nullable ForEachEvent forEach(@Nullable JsonNode value, String reference) {
    if (value == null) {
      return null;
    }
    JsonNode body = value.get("do");
    return new ForEachEvent(
        value.path("item").asText("item"),
        value.path("at").asText("index"),
        body == null ? null : list(body, reference + "/foreach/do"),
        dataFlow.output(value.get("output"), reference + "/foreach"),
        dataFlow.export(value.get("export"), reference + "/foreach"));
  }

  private Task run(TaskHeader header, JsonNode body) {
    boolean await = body.path("await").asBoolean(true);
    JsonNode workflow = body.get("workflow");
    if (workflow != null) {
      return new Task.RunWorkflow(header, templates.value(workflow), await);
    }
    String kind = body.has("container") ? "container" : body.has("script") ? "script" : "shell";
    return new Task.Run(
        header,
        kind,
        templates.value(body.required(kind)),
        await,
        body.path("return").asText("stdout"));
  }

  private List<Task.Switch.Case> cases(JsonNode items) {
    List<Task.Switch.Case> cases = new ArrayList<>();
    for (JsonNode item : items) {
      Map.Entry<String, JsonNode> entry = item.properties().iterator().next();
      cases.add(
          new Task.Switch.Case(
              entry.getKey(),
              templates.optional(entry.getValue().get("when")),
              FlowDirective.of(entry.getValue().required("then").textValue())));
    }
    return cases;
  }

  private Task attempt(TaskHeader header, JsonNode body) {
    String reference = header.reference() + "/catch";
    JsonNode handler = header.source().required("catch");
    JsonNode inner = handler.get("do");
    JsonNode then = handler.get("then");
    Catch compiled =
        new Catch(
            reference,
            Policies.errorFilter(handler.path("errors")),
            handler.path("as").asText("error"),
            templates.optional(handler.get("when")),
            templates.optional(handler.get("exceptWhen")),
            policies.retry(handler.get("retry")),
            inner == null ? null : list(inner, reference + "/do"),
            then == null ? null : FlowDirective.of(then.textValue()));
    return new Task.Try(header, list(body, header.reference() + "/try"), compiled);
  }
}
