package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Cloud events from outside, in the binary, structured and batched modes of the CloudEvents HTTP
 * binding 1.0.
 */
final class EventOperations {
  private static final String STRUCTURED = "application/cloudevents+json";
  private static final String BATCH = "application/cloudevents-batch+json";

  private final Gateway gateway;
  private final OpenStreams streams;

  EventOperations(Gateway gateway, OpenStreams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  @Described("What came of the events")
  record Published(
      @Described("How many events were taken") int events,
      @Described("How many executions took one or were started by one") int executions) {}

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/events", "publishEvents")
            .tag("events", Permissions.EVENTS_PUBLISH)
            .summary("Publishes cloud events: binary with ce- headers, structured, or a batch")
            .with(Parameter.header("ce-id", "Binary mode: id of the event"))
            .with(Parameter.header("ce-source", "Binary mode: source of the event"))
            .with(Parameter.header("ce-type", "Binary mode: type of the event"))
            .with(Parameter.header("ce-specversion", "Binary mode: 1.0"))
            .takes(new Operation.RequestBody(List.of(STRUCTURED, BATCH, "*/*"), null, false))
            .gives(202, "They are durable", Published.class)
            .handledBy(this::publish),
        Operation.get("/v1/events", "followEvents")
            .tag("events", Permissions.EXECUTIONS_READ)
            .summary(
                "Streams the life-cycle events of all executions, as this coordinator applies them")
            .with(Parameter.query("namespace", Parameter.Kind.TEXT, "Of workflows in it alone"))
            .with(Parameter.query("workflow", Parameter.Kind.TEXT, "Of workflows with this name"))
            .with(
                Parameter.query(
                    "statusChanged",
                    Parameter.Kind.FLAG,
                    "With the optional events for each change of a status phase"))
            .gives(
                new Operation.Reply(
                    200,
                    "Events named lifecycle, each a cloud event, and problem at last if it can't go on",
                    "text/event-stream",
                    null))
            .watches()
            .local()
            .handledBy(this::follow));
  }

  private Answer follow(Call call) {
    Gateway.LifecycleFilter filter =
        new Gateway.LifecycleFilter(
            call.query().text("namespace"),
            call.query().text("workflow"),
            call.query().flag("statusChanged"));
    LifecycleStream stream =
        new LifecycleStream(gateway, call.principal(), filter, call.heartbeat(), streams);
    return new Answer.Stream(stream, Map.of());
  }

  private Answer publish(Call call) throws InterruptedException {
    List<CloudEvent> events = events(call);
    int executions = call.await(gateway.publish(call.principal(), events));
    return Answer.json(202, new Published(events.size(), executions));
  }

  private static List<CloudEvent> events(Call call) {
    byte[] body = call.body();
    return switch (call.mediaType()) {
      case STRUCTURED -> List.of(CloudEventReader.structured(JsonText.parse(body), ""));
      case BATCH -> batch(JsonText.parse(body));
      default -> List.of(CloudEventReader.binary(call.headers(), call.mediaType(), body));
    };
  }

  private static List<CloudEvent> batch(JsonNode json) {
    if (!json.isArray()) {
      throw CloudEventReader.invalid("", "a batch is a list of events", null);
    }
    List<CloudEvent> events = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      events.add(CloudEventReader.structured(json.get(i), "/" + i));
    }
    return events;
  }
}
