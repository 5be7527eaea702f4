package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.schema.SchemaDocuments;
import java.util.regex.Pattern;

/** Checks the JSON schemas of input, output and context. */
final class SchemaCheck {
  private static final Pattern HTTP = Pattern.compile("https?://[^/]", Pattern.CASE_INSENSITIVE);

  private final Findings findings;

  SchemaCheck(Findings findings) {
    this.findings = findings;
  }

  void document(JsonNode schema, Path path) {
    for (SchemaDocuments.Problem problem : SchemaDocuments.problems(schema)) {
      Path place = path;
      for (String step : problem.steps()) {
        place = place.child(step);
      }
      findings.error(
          DiagnosticCode.BAD_SCHEMA, new Place.Value(place), problem.message(), problem.hint());
    }
  }

  /** Says of a resource what can be said without it: a worker has to fetch it. */
  void resource(JsonNode resource, Path path) {
    JsonNode endpoint = resource.path("endpoint");
    JsonNode uri = endpoint.isObject() ? endpoint.path("uri") : endpoint;
    String text = uri.asText();
    if (!Expression.isEnclosed(text) && !HTTP.matcher(text).lookingAt()) {
      Path place = path.child("endpoint");
      findings.error(
          DiagnosticCode.RESOURCE_REFUSED,
          new Place.Value(endpoint.isObject() ? place.child("uri") : place),
          "an external schema is fetched from a web server, and "
              + '"'
              + Words.shortened(text)
              + '"'
              + " is no URL of one",
          "allowed: http://... and https://...\nfix: put the schema into the definition as"
              + " \"document\"");
    }
  }
}
