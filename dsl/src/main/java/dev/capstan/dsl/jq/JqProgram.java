package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A compiled program. Immutable; safe for use by many threads at once. */
public final class JqProgram {
  private final String text;
  private final Expr code;
  private final List<String> free;
  private final Map<String, List<String>> fields = new TreeMap<>();

  JqProgram(String text, Expr code, List<String> free, Map<String, ? extends Set<String>> fields) {
    this.text = text;
    this.code = code;
    this.free = List.copyOf(free);
    fields.forEach((variable, names) -> this.fields.put(variable, List.copyOf(names)));
  }

  /** The text this program was compiled from. */
  public String text() {
    return text;
  }

  /** The names of the variables the program uses but does not bind, without {@code $}, sorted. */
  public List<String> variables() {
    return free.stream().sorted().toList();
  }

  /**
   * The fields of a variable that the program reads by name, as in {@code $variable.field}, sorted.
   * It may read more, under names that only its evaluation knows.
   */
  public List<String> fields(String variable) {
    return fields.getOrDefault(variable, List.of());
  }

  /**
   * Evaluates the program. Neither the input nor the variables are changed; outputs may share parts
   * with them.
   *
   * @param input the value of {@code .}
   * @param values the values of the free variables
   * @param limits what the evaluation may use up
   * @return all outputs, in order
   * @throws JqException if the program fails or reaches a limit; nothing else is thrown
   */
  public List<JsonNode> evaluate(JsonNode input, JqVariables values, JqLimits limits) {
    Run run = new Run(limits, free, values);
    try {
      return outputs(run, input);
    } catch (StackOverflowError e) {
      // The depth limit should have come first; a caller with little stack left is the reason to be
      // here.
      throw run.tooDeep();
    }
  }

  private List<JsonNode> outputs(Run run, JsonNode input) {
    Env env = new Env(run);
    if (code.plain) {
      JsonNode value = code.eval(env, input);
      return value == null ? List.of() : List.of(run.finish(value));
    }
    List<JsonNode> outputs = new ArrayList<>();
    code.each(
        env,
        null,
        input,
        (path, value) -> {
          run.allocate(1);
          outputs.add(run.finish(value));
        });
    return outputs;
  }
}
