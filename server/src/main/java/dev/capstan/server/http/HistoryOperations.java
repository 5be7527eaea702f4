package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.http.ExecutionForms.HistoryEvent;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Histories: as pages, and as a stream that goes on while the execution does. */
final class HistoryOperations {
  private final Gateway gateway;
  private final OpenStreams streams;

  HistoryOperations(Gateway gateway, OpenStreams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  record History(List<HistoryEvent> events, @Nullable Long next) {}

  List<Operation> operations() {
    return List.of(
        Operation.get("/v1/executions/{id}/history", "getHistory")
            .reach(Reach.EXECUTION)
            .tag("executions", Permissions.EXECUTIONS_READ)
            .summary(
                "Shows what happened in an execution; with Accept: text/event-stream as it happens")
            .with(Parameter.path("id", "Id of the execution"))
            .with(
                Parameter.query(
                    "from", Parameter.Kind.NUMBER, "Index of the first event; 0 without it"))
            .with(
                Parameter.query(
                    "cursor",
                    Parameter.Kind.NUMBER,
                    "The same as from: \"next\" of the page before"))
            .with(
                Parameter.query(
                    "limit", Parameter.Kind.NUMBER, "How many at most, 1 to 1000; 50 without it"))
            .with(Parameter.header("Last-Event-ID", "A stream goes on after this index"))
            .gives(200, "A page", History.class)
            .gives(
                new Operation.Reply(
                    200,
                    "Events named history, output, progress, gap, end and problem",
                    "text/event-stream",
                    null))
            .watches()
            .handledBy(this::show));
  }

  private Answer show(Call call) {
    String id = call.path("id");
    long from =
        call.query()
            .number("from", call.query().number("cursor", 0, 0, Long.MAX_VALUE), 0, Long.MAX_VALUE);
    if (call.asksFor("text/event-stream")) {
      ExecutionView now = gateway.execution(call.principal(), id);
      long first = resumeFrom(call.header("Last-Event-ID"), from);
      HistoryStream stream =
          new HistoryStream(gateway, call.principal(), id, first, call.heartbeat(), streams);
      return new Answer.Stream(stream, Map.of("Capstan-Index", Long.toString(now.revision())));
    }
    Page<HistoryEntry> page = gateway.history(call.principal(), id, from, call.limit());
    List<HistoryEvent> events = page.items().stream().map(HistoryEvent::of).toList();
    Long next = page.next() == null || events.isEmpty() ? null : events.getLast().index() + 1;
    return Answer.json(200, new History(events, next)).asOf(page.revision());
  }

  private static long resumeFrom(@Nullable String lastEventId, long otherwise) {
    if (lastEventId == null || lastEventId.isEmpty()) {
      return otherwise;
    }
    try {
      return Long.parseLong(lastEventId) + 1;
    } catch (NumberFormatException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "Last-Event-ID is the index of an event, not \"" + lastEventId + "\"",
          "leave it out to begin at the start");
    }
  }
}
