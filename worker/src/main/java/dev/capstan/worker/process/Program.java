package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program to run, as a definition asks for it.
 *
 * @param command the program and its arguments
 * @param environment variables of the definition
 * @param stdin what the program can read; empty when there is nothing
 * @param returned what becomes the output
 * @param awaited false: it is started, and the task goes on
 */
public record Program(
    List<String> command,
    Map<String, String> environment,
    String stdin,
    Returned returned,
    boolean awaited) {

  /** The program that runs {@code command}s. */
  public static final String SHELL = "sh";

  /**
   * Reads {@code environment}, {@code stdin}, {@code return} and {@code await}.
   *
   * @throws TaskFault of type {@code configuration} when they or the command can't be used
   */
  public static Program of(List<String> command, Arguments arguments) {
    JsonNode stdin = arguments.get("stdin");
    Map<String, String> environment = arguments.texts("environment");
    environment.forEach(Program::checkVariable);
    command.forEach(part -> checkNoNul("The command or one of its arguments", part));
    return new Program(
        List.copyOf(command),
        environment,
        stdin.isMissingNode() ? "" : Json.text(stdin),
        Returned.valueOf(arguments.choice("return", Returned.WORDS).toUpperCase(Locale.ROOT)),
        arguments.flag("await", true));
  }

  /**
   * The program and arguments that run {@code command} in a shell. An array of {@code arguments} is
   * {@code $1}, {@code $2} and so on; an object is added to the end of the command.
   *
   * @throws TaskFault of type {@code configuration} when they can't be used
   */
  public static List<String> ofShell(Arguments arguments) {
    JsonNode extra = arguments.get("arguments");
    String text = arguments.text("command");
    List<String> command = new ArrayList<>(List.of(SHELL, "-c"));
    command.add(extra.isObject() && !extra.isEmpty() ? text.stripTrailing() + " \"$@\"" : text);
    command.add(SHELL);
    command.addAll(words(extra));
    return command;
  }

  /** What the program finds in its environment: the attempt's variables and the definition's. */
  public Map<String, String> environment(Attempt attempt) {
    Map<String, String> all = new TreeMap<>();
    all.put("CAPSTAN_EXECUTION", attempt.token().execution());
    all.put("CAPSTAN_TASK", attempt.taskName());
    all.put("CAPSTAN_ATTEMPT", String.valueOf(attempt.token().attempt()));
    all.put("CAPSTAN_IDEMPOTENCY_KEY", attempt.idempotencyKey());
    all.putAll(environment);
    return all;
  }

  /**
   * Arguments as words: an array in its order; an object as name, value, name, value, a null value
   * leaving the name alone.
   *
   * @throws TaskFault of type {@code configuration} when they are neither
   */
  public static List<String> words(JsonNode arguments) {
    List<String> words = new ArrayList<>();
    if (arguments.isArray()) {
      arguments.forEach(word -> words.add(Json.text(word)));
    } else if (arguments.isObject()) {
      for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
        words.add(argument.getKey());
        if (!argument.getValue().isNull()) {
          words.add(Json.text(argument.getValue()));
        }
      }
    } else if (!arguments.isMissingNode()) {
      throw Arguments.wrong(
          "'arguments' must be an array or an object, not " + Arguments.shape(arguments) + ".");
    }
    return words;
  }

  private static void checkVariable(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw Arguments.wrong(
          "'environment' has a variable with the name '" + name + "', which can't be set.");
    }
    checkNoNul("The environment variable '" + name + "'", name + value);
  }

  private static void checkNoNul(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw Arguments.wrong(what + " holds a NUL character.");
    }
  }
}
