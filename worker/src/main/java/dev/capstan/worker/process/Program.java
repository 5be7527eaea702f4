package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A program to run, as a definition asks for it.
 *
 * @param command the program and its arguments
 * @param environment variables of the definition
 * @param stdin what the program can read; empty when there is nothing
 * @param returned what becomes the output
 * @param awaited false: it is started, and the task goes on
 */
record Program(
    List<String> command,
    Map<String, String> environment,
    String stdin,
    Returned returned,
    boolean awaited) {

  static Program of(List<String> command, Arguments arguments) {
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
   * Arguments as words: an array in its order; an object as name, value, name, value, a null value
   * leaving the name alone.
   */
  static List<String> words(JsonNode arguments) {
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
