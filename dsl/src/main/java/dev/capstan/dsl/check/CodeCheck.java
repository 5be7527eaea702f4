package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.List;

/**
 * Warns of tasks that use the grant {@code authorization_code} and have no code for it. Policies
 * that are secrets can't be looked into.
 */
final class CodeCheck {
  /** Where tasks have policies. */
  private static final List<List<String>> PLACES =
      List.of(
          List.of("with", "endpoint"),
          List.of("with"),
          List.of("with", "document", "endpoint"),
          List.of("with", "service"),
          List.of("with", "proto", "endpoint"),
          List.of("with", "server"),
          List.of("with", "agentCard", "endpoint"),
          List.of("with", "transport", "http", "endpoint"),
          List.of("input", "schema", "resource", "endpoint"),
          List.of("output", "schema", "resource", "endpoint"),
          List.of("export", "schema", "resource", "endpoint"));

  private final Findings findings;
  private final JsonNode named;

  /**
   * @param root the definition, which declares policies
   */
  CodeCheck(Findings findings, JsonNode root) {
    this.findings = findings;
    this.named = root.path("use").path("authentications");
  }

  void check(JsonNode task, Path path) {
    if (task.path("metadata").path("capstan").has("authorizationCode")) {
      return;
    }
    for (List<String> steps : PLACES) {
      JsonNode owner = task;
      Path place = path;
      for (String step : steps) {
        owner = owner.path(step);
        place = place.child(step);
      }
      policy(owner.path("authentication"), place.child("authentication"));
    }
  }

  private void policy(JsonNode policy, Path path) {
    JsonNode name = policy.path("use");
    if (name.isTextual() && isByCode(named.path(name.textValue()))) {
      warn(path.child("use"));
    }
    for (String scheme : List.of("oauth2", "oidc")) {
      if (isByCode(policy.path(scheme).path("grant").asText())) {
        warn(path.child(scheme).child("grant"));
      }
    }
  }

  private static boolean isByCode(JsonNode policy) {
    return isByCode(policy.path("oauth2").path("grant").asText())
        || isByCode(policy.path("oidc").path("grant").asText());
  }

  private static boolean isByCode(String grant) {
    return grant.equals(Authentication.AUTHORIZATION_CODE);
  }

  private void warn(Path path) {
    findings.warning(
        DiagnosticCode.NOT_RUNNABLE_YET,
        new Place.Key(path),
        "the grant authorization_code takes a code, which a person fetches with a browser, and this task has none",
        "fix: say it under metadata.capstan.authorizationCode of the task: {code: '${ .code }'}");
  }
}
