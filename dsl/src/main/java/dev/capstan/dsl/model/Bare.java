package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** Takes from a task what the task around it does in its place. */
final class Bare {
  private Bare() {}

  /**
   * {@code task} without condition, data flow, timeout, deadline and directive, alone in its list.
   */
  static Task of(Task task) {
    TaskHeader header = header(task.header());
    return switch (task) {
      case Task.Do t -> new Task.Do(header, t.tasks());
      case Task.Set t -> new Task.Set(header, t.value());
      case Task.Switch t -> new Task.Switch(header, t.cases());
      case Task.For t ->
          new Task.For(
              header, t.each(), t.at(), t.in(), t.whileCondition(), t.parallel(), t.body());
      case Task.Fork t -> new Task.Fork(header, t.branches(), t.compete());
      case Task.Try t -> new Task.Try(header, t.body(), t.handler());
      case Task.Raise t -> new Task.Raise(header, t.error());
      case Task.Wait t -> new Task.Wait(header, t.span());
      case Task.Emit t -> new Task.Emit(header, t.event());
      case Task.Listen t -> new Task.Listen(header, t.to(), t.read(), t.forEach(), t.interaction());
      case Task.Call t -> new Task.Call(header, t.function(), t.with());
      case Task.Subscribe t ->
          new Task.Subscribe(header, t.with(), t.filter(), t.consume(), t.forEach());
      case Task.CallFunction t -> new Task.CallFunction(header, t.function(), t.with(), t.source());
      case Task.Run t -> new Task.Run(header, t.kind(), t.configuration(), t.await(), t.returns());
      case Task.RunWorkflow t -> new Task.RunWorkflow(header, t.workflow(), t.await());
      case Task.Extended t -> throw new IllegalArgumentException(t.name() + " is extended already");
    };
  }

  /** The header of an iteration: it has nothing of its own but a place. */
  static TaskHeader iteration(Task.For loop) {
    TaskHeader header = loop.header();
    JsonNode nothing = JsonNodeFactory.instance.objectNode();
    return header(
        header.name(), loop.body().reference(), nothing, TaskSettings.NONE, header.source());
  }

  private static TaskHeader header(TaskHeader header) {
    return header(
        header.name(),
        header.reference(),
        header.metadata(),
        new TaskSettings(header.settings().computed(), null, header.settings().authorizationCode()),
        header.source());
  }

  private static TaskHeader header(
      String name, String reference, JsonNode metadata, TaskSettings settings, JsonNode source) {
    return new TaskHeader(
        name,
        reference,
        0,
        null,
        Input.AS_IS,
        Output.AS_IS,
        Export.NOTHING,
        null,
        new FlowDirective.Continue(),
        metadata,
        null,
        settings,
        source);
  }
}
