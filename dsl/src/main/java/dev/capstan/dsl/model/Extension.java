package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Expression;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that run around others (specification: Extensions).
 *
 * @param name as the definition has it; others may have the same
 * @param reference its JSON pointer: {@code /use/extensions/0/logging}
 * @param extend the kind of tasks that it is for: the word of a kind, {@code composite} or {@code
 *     all}
 * @param when whether it applies to a task; null for always
 * @param before what runs before the task; may be empty
 * @param after what runs after it; may be empty
 */
public record Extension(
    String name,
    String reference,
    String extend,
    @Nullable Expression when,
    TaskList before,
    TaskList after) {

  /** Whether it is for such tasks. {@code composite} means the kinds that have no word here. */
  public boolean extendsKind(TaskKind kind) {
    return switch (extend) {
      case "all" -> true;
      case "composite" -> kind == TaskKind.DO || kind == TaskKind.FORK;
      default -> extend.equals(kind.key());
    };
  }

  void indexInto(Map<String, Task> tasksByReference) {
    before.indexInto(tasksByReference);
    after.indexInto(tasksByReference);
  }
}
