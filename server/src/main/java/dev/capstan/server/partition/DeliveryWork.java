package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.ParentReference;
import dev.capstan.server.gateway.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A message of an execution for another one. Receiving it twice does what receiving it once does.
 */
final class DeliveryWork implements Work {
  private static final String ENGINE = "engine";

  /** How deep executions may start executions. */
  private static final int NESTED = 32;

  private final Definitions definitions;
  private final Starting starting;
  private final Message message;
  private final CompletableFuture<Void> future = new CompletableFuture<>();

  DeliveryWork(Definitions definitions, Starting starting, Message message) {
    this.definitions = definitions;
    this.starting = starting;
    this.message = message;
  }

  CompletableFuture<Void> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    switch (message) {
      case Message.StartChild m -> startChild(turn, m);
      case Message.StartSuccessor m -> new SuccessorDelivery(definitions, starting).start(turn, m);
      case Message.CancelChild m -> cancel(turn, m);
      case Message.NotifyParent m -> notifyParent(turn, m);
      case Message.Publish _ ->
          throw new IllegalStateException("cloud events are published, not delivered");
    }
    turn.draft().answer(new Done());
    return true;
  }

  private static void cancel(Turn turn, Message.CancelChild m) {
    LiveExecution child = turn.find(m.execution());
    if (child == null) {
      return;
    }
    String goesOnAs = child.state().continuedAs();
    if (goesOnAs != null) {
      send(turn, m.execution(), new Message.CancelChild(goesOnAs, m.reason()));
    } else if (!child.state().status().hasEnded()) {
      turn.decide(child, new Command.Cancel(ENGINE, m.reason()));
    }
  }

  private void startChild(Turn turn, Message.StartChild m) {
    LiveExecution parent = turn.find(m.parent().execution());
    if (parent != null && m.parent().awaited() && parent.state().run(m.parent().task()) == null) {
      return; // It was cancelled before its child could start.
    }
    if (m.parent().depth() > NESTED) {
      failed(turn, m, tooDeep(workflowsAround(turn, parent), m));
      return;
    }
    Definitions.Deployed deployed = definitions.find(m.namespace(), m.name(), m.version());
    if (deployed == null) {
      failed(turn, m, Starting.unknown(m.namespace(), m.name(), m.version()));
      return;
    }
    PartitionRequests.Start start =
        new PartitionRequests.Start(
            m.execution(),
            false,
            null,
            deployed.definition(),
            deployed.text(),
            m.input(),
            m.parent(),
            Map.of(),
            ENGINE,
            null,
            m.deadline());
    starting.startOnce(
        turn,
        start,
        present -> m.parent().equals(present.parent()),
        detail -> failed(turn, m, detail));
  }

  /**
   * The workflows of an execution and of those that it was started by, as far as they are in this
   * partition.
   */
  private static List<String> workflowsAround(Turn turn, @Nullable LiveExecution parent) {
    List<String> names = new ArrayList<>();
    LiveExecution each = parent;
    while (each != null && names.size() <= NESTED) {
      names.add(each.state().definition().document().qualifiedName());
      ParentReference further = each.state().parent();
      each = further == null ? null : turn.find(further.execution());
    }
    return names;
  }

  private static String tooDeep(List<String> around, Message.StartChild m) {
    // Those of other partitions are not known here.
    StringBuilder chain = new StringBuilder(around.size() < m.parent().depth() ? ": ... > " : ": ");
    List<String> outermost = around.reversed();
    for (int i = 0, next; i < outermost.size(); i = next) {
      next = i + 1;
      while (next < outermost.size() && outermost.get(next).equals(outermost.get(i))) {
        next++;
      }
      chain.append(i == 0 ? "" : " > ").append(outermost.get(i));
      if (next - i > 1) {
        chain.append(" (").append(next - i).append(" times)");
      }
    }
    return "Workflows may run workflows at most "
        + NESTED
        + " levels deep; "
        + m.namespace()
        + "/"
        + m.name()
        + " would be one deeper"
        + (around.isEmpty() ? "" : chain)
        + ".";
  }

  /**
   * A child that can't be started has ended with an error; that goes to its parent like any end.
   */
  private static void failed(Turn turn, Message.StartChild m, String detail) {
    if (m.parent().awaited()) {
      failed(turn, m.parent(), m.execution(), detail);
    }
  }

  /** Tells the task that wanted an execution that it can't be started. */
  static void failed(Turn turn, ParentReference task, String execution, String detail) {
    Outcome outcome = new Outcome.Faulted(ErrorType.CONFIGURATION.error(detail, null));
    send(turn, execution, new Message.NotifyParent(task, execution, outcome));
  }

  private static void send(Turn turn, String sender, Message message) {
    long number = turn.draft().send(message, MessageCodec.encode(sender, message));
    turn.holdings().outbox.put(number, sender);
  }

  private static void notifyParent(Turn turn, Message.NotifyParent m) {
    ParentReference to = m.parent();
    LiveExecution parent = turn.find(to.execution());
    if (parent == null) {
      return;
    }
    try {
      turn.decide(parent, new Command.ChildEnded(to.task(), m.execution(), m.outcome()));
    } catch (Poisoned failure) {
      Outcome instead = new Outcome.Faulted(ErrorType.RUNTIME.error(failure.reason(), null));
      turn.decide(parent, new Command.ChildEnded(to.task(), m.execution(), instead));
    }
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  private final class Done implements Answer {
    @Override
    public void committed(long index) {
      future.complete(null);
    }

    @Override
    public void refused(Refusal reason) {
      future.completeExceptionally(reason);
    }
  }
}
