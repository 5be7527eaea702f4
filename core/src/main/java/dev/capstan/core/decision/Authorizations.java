package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.TaskRun;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Task;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * {@code $authorization}: the scheme and the parameter with which a task proves who it is
 * (specification: Runtime Expressions, Authorization Descriptor). It is made anew from the policy
 * each time an expression asks, and never part of an event. What only the node learns, a token of
 * an authority or the digest of a request, stays there: then the parameter is null.
 */
final class Authorizations {
  private final Execution execution;
  private final Settings settings;

  Authorizations(Execution execution, Settings settings) {
    this.execution = execution;
    this.settings = settings;
  }

  /**
   * Null for a task that has no policy.
   *
   * @param scope that of the task, in which {@code $authorization} has no value: policies can't be
   *     made of themselves
   */
  JsonNode of(TaskRun run, Scope scope) {
    Task task = run.task() instanceof Task.Extended extended ? extended.task() : run.task();
    if (!(task instanceof Task.Call call)) {
      return NullNode.getInstance();
    }
    return new Calls(execution, settings, run, scope)
        .policy(call).properties().stream()
            .findFirst()
            .map(policy -> descriptor(policy.getKey(), policy.getValue()))
            .orElse(NullNode.getInstance());
  }

  private static JsonNode descriptor(String policy, JsonNode fields) {
    return switch (policy) {
      case "basic" -> described("Basic", userInfo(fields));
      case "bearer" -> described("Bearer", text(fields.path("token")));
      case "digest" -> described("Digest", NullNode.getInstance());
      default -> described("Bearer", NullNode.getInstance());
    };
  }

  private static JsonNode described(String scheme, JsonNode parameter) {
    ObjectNode descriptor = JsonNodeFactory.instance.objectNode();
    descriptor.put("scheme", scheme);
    return descriptor.set("parameter", parameter);
  }

  private static JsonNode text(JsonNode value) {
    return value.isTextual() ? value : NullNode.getInstance();
  }

  private static JsonNode userInfo(JsonNode fields) {
    JsonNode username = fields.path("username");
    JsonNode password = fields.path("password");
    if (!username.isTextual() || !password.isTextual()) {
      return NullNode.getInstance();
    }
    byte[] userInfo =
        (username.textValue() + ":" + password.textValue()).getBytes(StandardCharsets.UTF_8);
    return JsonNodeFactory.instance.textNode(Base64.getEncoder().encodeToString(userInfo));
  }
}
