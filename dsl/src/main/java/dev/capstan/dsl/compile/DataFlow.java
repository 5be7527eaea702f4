package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Input;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.schema.JsonDataSchema;
import org.jspecify.annotations.Nullable;

/** Compiles {@code input}, {@code output} and {@code export}, which stand below a JSON pointer. */
final class DataFlow {
  private final Templates templates;

  DataFlow(Templates templates) {
    this.templates = templates;
  }

  Input input(@Nullable JsonNode value, String owner) {
    return value == null
        ? Input.AS_IS
        : new Input(
            schema(value, owner + "/input"), templates.expressionOrObject(value.get("from")));
  }

  Output output(@Nullable JsonNode value, String owner) {
    return value == null
        ? Output.AS_IS
        : new Output(
            schema(value, owner + "/output"), templates.expressionOrObject(value.get("as")));
  }

  Export export(@Nullable JsonNode value, String owner) {
    return value == null
        ? Export.NOTHING
        : new Export(
            schema(value, owner + "/export"), templates.expressionOrObject(value.get("as")));
  }

  private @Nullable DataSchema schema(JsonNode flow, String reference) {
    JsonNode schema = flow.get("schema");
    if (schema == null) {
      return null;
    }
    JsonNode document = schema.get("document");
    return document != null
        ? new JsonDataSchema(document)
        : external(
            schema.required("resource").required("endpoint"),
            reference + "/schema/resource/endpoint");
  }

  private ExternalSchema external(JsonNode endpoint, String reference) {
    String uri = (endpoint.isObject() ? endpoint.required("uri") : endpoint).textValue();
    boolean isComputed = Expression.isEnclosed(uri) || uri.indexOf('{') >= 0;
    return new ExternalSchema(
        templates.value(endpoint),
        reference,
        uri,
        isComputed ? null : CanonicalJson.hash(TextNode.valueOf(uri)));
  }
}
