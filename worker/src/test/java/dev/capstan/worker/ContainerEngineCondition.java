package dev.capstan.worker;

import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tries once whether this machine runs containers for us, instead of asking what is installed. */
final class ContainerEngineCondition implements ExecutionCondition {

  private static final class Tried {
    static final Optional<String> OBSTACLE = ContainerEngine.obstacle();
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (Boolean.getBoolean("containers.required")) {
      return ConditionEvaluationResult.enabled("a container engine is required");
    }
    return Tried.OBSTACLE
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("a container engine can be started"));
  }
}
