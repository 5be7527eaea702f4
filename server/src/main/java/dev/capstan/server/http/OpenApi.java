package dev.capstan.server.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.http.json.RecordSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The OpenAPI 3.1 document of the operations. */
final class OpenApi {
  private static final String VERSION = "1";
  private static final Parameter MIN_INDEX =
      new Parameter(
          Call.MIN_INDEX,
          Parameter.Place.HEADER,
          Parameter.Kind.NUMBER,
          "The answer includes the log up to this index, or is 503",
          false);

  private final List<Operation> operations;
  private final RecordSchema schemas = new RecordSchema();

  OpenApi(List<Operation> operations) {
    this.operations = operations;
  }

  ObjectNode document() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Capstan")
        .put("version", VERSION)
        .put(
            "description",
            "Members are only ever added to answers: ignore those you don't know. Unknown members of requests are refused.")
        .putObject("license")
        .put("name", "Apache-2.0")
        .put("identifier", "Apache-2.0");
    document.putArray("servers").addObject().put("url", "/");
    ObjectNode paths = document.putObject("paths");
    for (Operation operation : operations) {
      ObjectNode path = paths.withObjectProperty(operation.path());
      path.set(operation.method().toLowerCase(Locale.ROOT), operation(operation));
    }
    schemas.reference(Problem.class);
    document.putObject("components").set("schemas", schemas.all());
    return document;
  }

  private ObjectNode operation(Operation operation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("operationId", operation.id());
    json.putArray("tags").add(operation.tag());
    json.put("summary", operation.summary());
    json.put("x-permission", operation.permission());
    List<Parameter> all = new ArrayList<>(operation.parameters());
    if (Call.mayNameIndex(operation)) {
      all.add(MIN_INDEX);
    }
    if (!all.isEmpty()) {
      ArrayNode parameters = json.putArray("parameters");
      all.forEach(parameter -> parameters.add(parameter(parameter)));
    }
    if (operation.body() != null) {
      json.set("requestBody", body(operation.body()));
    }
    json.set("responses", responses(operation));
    return json;
  }

  private static ObjectNode parameter(Parameter parameter) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", parameter.name());
    json.put("in", parameter.place().name().toLowerCase(Locale.ROOT));
    json.put("description", parameter.description());
    json.put("required", parameter.place() == Parameter.Place.PATH);
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    switch (parameter.kind()) {
      case TEXT -> schema.put("type", "string");
      case NUMBER -> schema.put("type", "integer").put("format", "int64");
      case FLAG -> schema.put("type", "boolean");
      case DURATION -> schema.put("type", "string").put("pattern", "^[0-9]+(ms|s|m|h)$");
    }
    if (parameter.repeated()) {
      json.putObject("schema").put("type", "array").set("items", schema);
      json.put("explode", true);
    } else {
      json.set("schema", schema);
    }
    return json;
  }

  private ObjectNode body(Operation.RequestBody body) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("required", body.required());
    ObjectNode content = json.putObject("content");
    for (String mediaType : body.mediaTypes()) {
      ObjectNode media = content.putObject(mediaType);
      if (body.shape() != null) {
        media.set("schema", schemas.reference(body.shape()));
      }
    }
    return json;
  }

  private ObjectNode responses(Operation operation) {
    Map<Integer, ObjectNode> responses = new TreeMap<>();
    for (Operation.Reply reply : operation.replies()) {
      ObjectNode response =
          responses.computeIfAbsent(reply.status(), status -> response(reply.description()));
      if (reply.mediaType().isEmpty()) {
        continue;
      }
      ObjectNode media = response.withObjectProperty("content").putObject(reply.mediaType());
      if (reply.shape() != null) {
        media.set("schema", schemas.reference(reply.shape()));
      }
    }
    problems(operation)
        .forEach((status, description) -> {
          ObjectNode response = responses.computeIfAbsent(status, s -> response(description));
          response
              .withObjectProperty("content")
              .putObject(Problem.CONTENT_TYPE)
              .set("schema", schemas.reference(Problem.class));
        });
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    responses.forEach((status, response) -> json.set(Integer.toString(status), response));
    return json;
  }

  private static ObjectNode response(String description) {
    return JsonNodeFactory.instance.objectNode().put("description", description);
  }

  /** What any operation of its form may be refused with. */
  private static Map<Integer, String> problems(Operation operation) {
    Map<Integer, String> problems = new TreeMap<>();
    problems.put(400, "The request is wrong; errors say where");
    problems.put(500, "The server failed; nothing was changed");
    if (operation.path().contains("{")) {
      problems.put(404, "There is none of this name");
    }
    if (operation.body() != null) {
      problems.put(413, "The body is too large");
      problems.put(415, "The body is of another media type");
    }
    if (!operation.permission().equals(Permissions.NONE)) {
      problems.put(401, "Nobody knows who asks");
      problems.put(403, "Whoever asks may not");
      problems.put(429, "Too much at a time; see Retry-After");
      problems.put(503, "Can't be served now; see Retry-After");
    }
    if (operation.method().equals("DELETE")) {
      problems.put(409, "Its state is in the way");
    }
    if (operation.method().equals("POST")) {
      problems.put(409, "Another state or another thing of this name is in the way");
      problems.put(422, "The Idempotency-Key belongs to another request");
    }
    return problems;
  }
}
