package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.core.history.ErrorType;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.expression.Template;
import java.util.List;

/**
 * Hands policies with the grant {@code authorization_code} the code that their task has ({@code
 * metadata.capstan.authorizationCode}): the language has no property for it. A code is a secret, so
 * it is evaluated for each attempt, like the policy, and goes to the node alone.
 */
final class AuthorizationCodes {
  private static final String NAME = "authorizationCode";

  private AuthorizationCodes() {}

  /**
   * The policy as a node gets it.
   *
   * @param policy without references, by scheme
   * @throws TaskFailure if an expression fails or yields no text
   */
  static ObjectNode complete(ObjectNode policy, TaskRun run, Scope scope) {
    Template template = run.task().header().settings().authorizationCode();
    if (template == null) {
      return policy;
    }
    for (String scheme : List.of("oauth2", "oidc")) {
      JsonNode fields = policy.path(scheme);
      if (fields instanceof ObjectNode written
          && fields.path("grant").asText().equals("authorization_code")) {
        ObjectNode completed = JsonNodeFactory.instance.objectNode();
        completed.setAll(written);
        completed.set(NAME, code(template, run, scope));
        policy.set(scheme, completed);
      }
    }
    return policy;
  }

  private static ObjectNode code(Template template, TaskRun run, Scope scope) {
    JsonNode evaluated =
        DataFlow.evaluate(run.reference(), () -> template.evaluate(run.input(), scope));
    ObjectNode code = JsonNodeFactory.instance.objectNode();
    code.put("code", text(evaluated, "code", run));
    for (String name : List.of("redirectUri", "codeVerifier")) {
      if (evaluated.hasNonNull(name)) {
        code.put(name, text(evaluated, name, run));
      }
    }
    return code;
  }

  private static String text(JsonNode evaluated, String name, TaskRun run) {
    JsonNode value = evaluated.path(name);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw new TaskFailure(
          ErrorType.VALIDATION,
          "metadata.capstan."
              + NAME
              + "."
              + name
              + " must be a text that is not blank, and is "
              + (value.isTextual() ? "blank" : Calls.shape(value)),
          run.reference());
    }
    return value.textValue();
  }
}
