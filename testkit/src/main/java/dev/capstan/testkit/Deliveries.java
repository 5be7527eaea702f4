package dev.capstan.testkit;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.Predecessor;
import dev.capstan.dsl.model.Definition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What executions say to each other, and what comes of it: children and successors that begin, ends
 * that parents hear of. Not thread-safe.
 */
final class Deliveries {

  /** What messages come to. */
  interface Engine {
    /** The present state of an execution; null if there is none. */
    @Nullable Execution find(String id);

    /** Starts an execution, unless it was started before. */
    void begin(String id, Definition definition, Command.Start start);

    /** Decides a command about an execution. */
    void decide(String id, Command command);

    /** Hands a cloud event to whoever listens. */
    void post(CloudEvent event);
  }

  private final Engine engine;
  private final KnownDefinitions definitions;

  Deliveries(Engine engine, KnownDefinitions definitions) {
    this.engine = engine;
    this.definitions = definitions;
  }

  /** Brings a message to whom it is for, perhaps once more. */
  void deliver(Message message) {
    switch (message) {
      case Message.Publish publish -> engine.post(publish.event());
      case Message.StartChild start -> startChild(start);
      case Message.StartSuccessor start -> startSuccessor(start);
      case Message.CancelChild cancel -> {
        String last = lastOf(cancel.execution());
        if (engine.find(last) != null) {
          engine.decide(last, new Command.Cancel("engine", cancel.reason()));
        }
      }
      case Message.NotifyParent notify ->
          engine.decide(
              notify.parent().execution(),
              new Command.ChildEnded(notify.parent().task(), notify.execution(), notify.outcome()));
    }
  }

  /** The execution that one goes on as in the end; itself when it does not go on as another. */
  String lastOf(String id) {
    Execution execution = engine.find(id);
    String next = execution == null ? null : execution.continuedAs();
    return next == null ? id : lastOf(next);
  }

  private void startSuccessor(Message.StartSuccessor start) {
    Predecessor before = start.predecessor();
    Execution predecessor = known(before.execution());
    if (predecessor.status().hasEnded() || predecessor.run(before.task()) == null) {
      return;
    }
    Definition definition =
        definitions.find(start.namespace() + "/" + start.name(), start.version());
    if (definition == null) {
      refuse(before.execution(), before.task(), start.execution(), start.name());
    } else {
      engine.begin(
          start.execution(),
          definition,
          new Command.Start(
              start.input(), start.parent(), start.labels(), start.startedBy(), before, null));
    }
  }

  private void refuse(String parent, long task, String child, String name) {
    Outcome outcome =
        new Outcome.Faulted(ErrorType.CONFIGURATION.error("there is no workflow " + name, null));
    engine.decide(parent, new Command.ChildEnded(task, child, outcome));
  }

  private void startChild(Message.StartChild start) {
    String name = start.namespace() + "/" + start.name();
    Definition definition = definitions.find(name, start.version());
    if (definition == null) {
      refuse(start.parent().execution(), start.parent().task(), start.execution(), name);
      return;
    }
    TaskRun waiting = known(start.parent().execution()).run(start.parent().task());
    if (!start.parent().awaited() || waiting != null) {
      engine.begin(
          start.execution(),
          definition,
          new Command.Start(
              start.input(), start.parent(), Map.of(), "test", null, start.deadline()));
    }
  }

  private Execution known(String id) {
    Execution execution = engine.find(id);
    if (execution == null) {
      throw new IllegalArgumentException("there is no execution " + id);
    }
    return execution;
  }
}
