package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.NotifyParent;
import dev.capstan.api.storage.v1.OutboxMessage;
import dev.capstan.api.storage.v1.StartChild;
import dev.capstan.api.storage.v1.StartSuccessor;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.history.CloudEvent;

/** Messages of the outbox as {@code capstan.storage.v1.OutboxMessage} and back. Pure. */
public final class MessageCodec {
  private MessageCodec() {}

  /**
   * A message as it is stored, and as it travels to another coordinator.
   *
   * @param sender the execution that it comes from
   */
  public static byte[] encode(String sender, Message message) {
    RowWriter out = new RowWriter(256);
    out.text(1, sender);
    switch (message) {
      case Message.Publish m -> {
        int start = out.begin(2);
        out.json(1, m.event().json());
        out.end(start);
      }
      case Message.StartChild m -> startChild(out, m);
      case Message.StartSuccessor m -> startSuccessor(out, m);
      case Message.CancelChild m -> {
        int start = out.begin(4);
        out.text(1, m.execution());
        out.text(2, m.reason());
        out.end(start);
      }
      case Message.NotifyParent m -> notifyParent(out, m);
    }
    return out.toBytes();
  }

  private static void startChild(RowWriter out, Message.StartChild m) {
    int start = out.begin(3);
    out.text(1, m.execution());
    out.text(2, m.namespace());
    out.text(3, m.name());
    out.text(4, m.version());
    out.json(5, m.input());
    EventCodec.parent(out, 6, m.parent());
    out.time(40, m.deadline());
    out.end(start);
  }

  private static void startSuccessor(RowWriter out, Message.StartSuccessor m) {
    int start = out.begin(45);
    out.text(1, m.execution());
    out.text(2, m.namespace());
    out.text(3, m.name());
    out.text(4, m.version());
    out.json(5, m.input());
    EventCodec.parent(out, 6, m.parent());
    EventCodec.labels(out, 7, m.labels());
    out.text(8, m.startedBy());
    EventCodec.predecessor(out, 9, m.predecessor());
    out.end(start);
  }

  private static void notifyParent(RowWriter out, Message.NotifyParent m) {
    int start = out.begin(5);
    EventCodec.parent(out, 1, m.parent());
    out.text(2, m.execution());
    switch (m.outcome()) {
      case Outcome.Continued continued -> out.text(45, continued.execution());
      case Outcome.Completed completed -> out.json(3, completed.output());
      case Outcome.Faulted faulted -> EventCodec.error(out, 4, faulted.error());
      case Outcome.Cancelled cancelled -> {
        int inner = out.begin(5);
        out.optional(1, cancelled.reason());
        out.end(inner);
      }
    }
    out.end(start);
  }

  /** What {@link #encode} wrote. */
  public static Message read(byte[] value) {
    return decode(parse(value));
  }

  static OutboxMessage parse(byte[] value) {
    return RowCodec.parse(OutboxMessage.parser(), value);
  }

  static Message decode(OutboxMessage stored) {
    return switch (stored.getKindCase()) {
      case PUBLISH ->
          new Message.Publish(new CloudEvent(JsonBytes.read(stored.getPublish().getEvent())));
      case START_CHILD -> {
        StartChild m = stored.getStartChild();
        yield new Message.StartChild(
            m.getExecution(),
            m.getNamespace(),
            m.getName(),
            m.getVersion(),
            JsonBytes.read(m.getInput()),
            EventReader.parent(m.getParent()),
            m.hasDeadline() ? EventReader.time(m.getDeadline()) : null);
      }
      case START_SUCCESSOR -> successor(stored.getStartSuccessor());
      case CANCEL_CHILD ->
          new Message.CancelChild(
              stored.getCancelChild().getExecution(), stored.getCancelChild().getReason());
      case NOTIFY_PARENT -> {
        NotifyParent m = stored.getNotifyParent();
        yield new Message.NotifyParent(
            EventReader.parent(m.getParent()), m.getExecution(), outcome(m));
      }
      case KIND_NOT_SET ->
          throw new IllegalStateException("a message of a kind that this version does not know");
    };
  }

  private static Message successor(StartSuccessor m) {
    return new Message.StartSuccessor(
        m.getExecution(),
        m.getNamespace(),
        m.getName(),
        m.getVersion(),
        JsonBytes.read(m.getInput()),
        m.hasParent() ? EventReader.parent(m.getParent()) : null,
        EventReader.labels(m.getLabelsList()),
        m.getStartedBy(),
        EventReader.predecessor(m.getPredecessor()));
  }

  private static Outcome outcome(NotifyParent m) {
    return switch (m.getOutcomeCase()) {
      case CONTINUED -> new Outcome.Continued(m.getContinued());
      case COMPLETED -> new Outcome.Completed(JsonBytes.read(m.getCompleted()));
      case FAULTED -> new Outcome.Faulted(EventReader.error(m.getFaulted()));
      case CANCELLED ->
          new Outcome.Cancelled(m.getCancelled().hasReason() ? m.getCancelled().getReason() : null);
      case OUTCOME_NOT_SET ->
          throw new IllegalStateException("an outcome that this version does not know");
    };
  }
}
