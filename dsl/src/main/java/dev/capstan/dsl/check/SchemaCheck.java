package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.schema.ResourceReader;
import dev.capstan.dsl.schema.ResourceRefusedException;
import dev.capstan.dsl.schema.SchemaDocuments;

/** Checks the JSON schemas of input, output and context. */
final class SchemaCheck {
  private final Findings findings;
  private final ResourceReader resources;

  SchemaCheck(Findings findings, ResourceReader resources) {
    this.findings = findings;
    this.resources = resources;
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

  void resource(JsonNode resource, Path path) {
    try {
      for (SchemaDocuments.Problem problem : SchemaDocuments.problems(resources.read(resource))) {
        findings.error(
            DiagnosticCode.BAD_SCHEMA,
            new Place.Value(path),
            "in the external schema: " + problem.message(),
            problem.hint());
      }
    } catch (ResourceRefusedException e) {
      findings.error(
          DiagnosticCode.RESOURCE_REFUSED,
          new Place.Value(path),
          "this external schema can't be read: " + e.reason(),
          "fix: put the schema into the definition as \"document\"");
    }
  }
}
