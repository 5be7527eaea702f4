package dev.capstan.verify.lab;

import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tries once whether this machine lets us make namespaces, instead of asking who we are. */
final class NetworkLabCondition implements ExecutionCondition {
  private static final class Tried {
    static final Optional<String> OBSTACLE = Optional.ofNullable(Namespaces.obstacle());
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Boolean.getBoolean("lab.required")) {
      return ConditionEvaluationResult.enabled("a network lab is required");
    }
    return Tried.OBSTACLE
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("a network lab can be opened"));
  }
}
