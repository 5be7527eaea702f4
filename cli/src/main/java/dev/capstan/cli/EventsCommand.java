package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Published;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

@CommandLine.Command(
    name = "publish",
    description = "Publishes a cloud event to the executions and schedules that listen for it.")
final class EventsCommand extends RemoteCommand {
  @Option(names = "--type", description = "Type of the event, such as com.example.order.paid.")
  @Nullable String type;

  @Option(
      names = "--source",
      paramLabel = "URI",
      description = "Source of the event; /capstan/cli without it.")
  String source = "/capstan/cli";

  @Option(names = "--subject", description = "What in the source it is about.")
  @Nullable String subject;

  @Option(names = "--id", description = "Id of the event; a new one without it.")
  @Nullable String id;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "JSON|@FILE|-",
      description = "Data of the event.")
  @Nullable String data;

  @Option(
      names = "--attribute",
      paramLabel = "NAME=VALUE",
      description = "An extension attribute; may be repeated.")
  Map<String, String> attributes = new LinkedHashMap<>();

  @Option(
      names = "--event",
      paramLabel = "JSON|@FILE|-",
      description =
          "A whole event, or a list of them, in the JSON form of CloudEvents, instead of the options above.")
  @Nullable String event;

  EventsCommand(Console console) {
    super(console);
  }

  @Override
  int ask(CapstanClient client) throws IOException {
    Published published = CapstanClient.await(client.publish(events()));
    if (wantsJson()) {
      json(published);
    } else {
      console.data(
          published.events()
              + (published.events() == 1 ? " event" : " events")
              + ", taken by "
              + published.executions()
              + (published.executions() == 1 ? " execution" : " executions"));
    }
    return ExitCode.OK;
  }

  private List<JsonNode> events() throws IOException {
    JsonNode whole = InputText.json(console, event, "--event");
    if (whole != null && type != null) {
      throw CliFailure.misuse(
          "--event and --type exclude each other", "give either a whole event or its parts");
    }
    List<JsonNode> events = new ArrayList<>();
    if (whole != null && whole.isArray()) {
      whole.forEach(events::add);
    } else {
      events.add(whole == null ? built() : whole);
    }
    return events;
  }

  private ObjectNode built() throws IOException {
    if (type == null) {
      throw CliFailure.misuse(
          "an event needs a type", "--type com.example.order.paid, or --event with a whole event");
    }
    ObjectNode built =
        JsonNodeFactory.instance
            .objectNode()
            .put("specversion", "1.0")
            .put("id", id == null ? UUID.randomUUID().toString() : id)
            .put("source", source)
            .put("type", type);
    if (subject != null) {
      built.put("subject", subject);
    }
    attributes.forEach(built::put);
    JsonNode value = InputText.json(console, data, "--data");
    if (value != null) {
      built.put("datacontenttype", "application/json").set("data", value);
    }
    return built;
  }
}
