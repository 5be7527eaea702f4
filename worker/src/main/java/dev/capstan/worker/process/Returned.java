package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.worker.executor.Json;
import java.util.List;

/**
 * What of an ended program is the task's output (DSL reference, Run, {@code return}).
 *
 * <p>The text of a stream is without the line breaks at its end, as in a shell's {@code
 * $(command)}: the specification's examples show {@code Output: STDIN was: Hello World} for what
 * {@code echo} prints, and compare texts with it. It is a string even if it holds JSON.
 */
public enum Returned {
  STDOUT,
  STDERR,
  CODE,
  ALL,
  NONE;

  /** The words of the DSL; the first is the default. */
  static final List<String> WORDS = List.of("stdout", "stderr", "code", "all", "none");

  /** Whether an exit code other than 0 is a result and not an error. */
  boolean acceptsAnyExitCode() {
    return this == CODE || this == ALL;
  }

  boolean needsStdout() {
    return this == STDOUT || this == ALL;
  }

  boolean needsStderr() {
    return this == STDERR || this == ALL;
  }

  JsonNode output(int exitCode, Capture stdout, Capture stderr) {
    return switch (this) {
      case STDOUT -> TextNode.valueOf(trimmed(stdout));
      case STDERR -> TextNode.valueOf(trimmed(stderr));
      case CODE -> IntNode.valueOf(exitCode);
      case ALL -> all(exitCode, stdout, stderr);
      case NONE -> NullNode.getInstance();
    };
  }

  private static ObjectNode all(int exitCode, Capture stdout, Capture stderr) {
    ObjectNode all = Json.object();
    all.put("code", exitCode);
    all.put("stdout", trimmed(stdout));
    all.put("stderr", trimmed(stderr));
    return all;
  }

  private static String trimmed(Capture stream) {
    String text = stream.text();
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(0, end);
  }
}
