package dev.capstan.server.partition;

import dev.capstan.core.decision.Message;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.dsl.model.Document;
import org.jspecify.annotations.Nullable;

/**
 * Starts the execution that another one goes on as. The start itself, which is one commit, holds
 * the message that tells the predecessor; so receiving this twice starts and tells once.
 */
final class SuccessorDelivery {
  private final Definitions definitions;
  private final Starting starting;

  SuccessorDelivery(Definitions definitions, Starting starting) {
    this.definitions = definitions;
    this.starting = starting;
  }

  void start(Turn turn, Message.StartSuccessor m) {
    Predecessor before = m.predecessor();
    LiveExecution predecessor = turn.find(before.execution());
    if (predecessor != null && isOver(predecessor, before)) {
      return; // It has gone on already, or was ended before it could.
    }
    Definitions.Deployed deployed = definition(turn, m, predecessor);
    if (deployed == null) {
      refuse(turn, m, Starting.unknown(m.namespace(), m.name(), m.version()));
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
            m.labels(),
            m.startedBy(),
            before,
            null);
    starting.startOnce(
        turn,
        start,
        present -> before.equals(present.predecessor()),
        detail -> refuse(turn, m, detail));
  }

  private static boolean isOver(LiveExecution predecessor, Predecessor before) {
    return predecessor.state().status().hasEnded()
        || predecessor.state().run(before.task()) == null;
  }

  /** A definition that is run without being deployed is known where it runs. */
  private Definitions.@Nullable Deployed definition(
      Turn turn, Message.StartSuccessor m, @Nullable LiveExecution predecessor) {
    Definitions.Deployed deployed = definitions.find(m.namespace(), m.name(), m.version());
    if (deployed != null || predecessor == null) {
      return deployed;
    }
    Document own = predecessor.state().definition().document();
    boolean same =
        own.namespace().equals(m.namespace())
            && own.name().equals(m.name())
            && (m.version().equals("latest") || own.version().equals(m.version()));
    return same ? turn.definitions().find(predecessor.state().definition().hash()) : null;
  }

  private static void refuse(Turn turn, Message.StartSuccessor m, String detail) {
    Predecessor before = m.predecessor();
    ParentReference task = new ParentReference(before.execution(), before.task(), true);
    DeliveryWork.failed(turn, task, m.execution(), detail);
  }
}
