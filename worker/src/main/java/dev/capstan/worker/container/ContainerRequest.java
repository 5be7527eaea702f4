package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.process.Program;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A container to run, as a definition asks for it (DSL reference, Container Process).
 *
 * @param run names this run of it
 * @param pull when the image is fetched
 * @param lifetime when it is removed
 * @param program what runs in it
 * @param hasCommand whether the program's command is whole; otherwise it is arguments for what the
 *     image runs by itself
 * @param body what the engine is asked to make, all but the command
 */
record ContainerRequest(
    String run,
    String image,
    String name,
    Pull pull,
    Lifetime lifetime,
    Program program,
    boolean hasCommand,
    ObjectNode body) {

  /** The specification's policies. */
  enum Pull {
    IF_NOT_PRESENT("ifNotPresent"),
    ALWAYS("always"),
    NEVER("never");

    private static final List<String> WORDS = List.of("ifNotPresent", "always", "never");

    private final String word;

    Pull(String word) {
      this.word = word;
    }

    private static Pull of(Arguments arguments) {
      String word = arguments.choice("pullPolicy", WORDS);
      for (Pull pull : values()) {
        if (pull.word.equals(word)) {
          return pull;
        }
      }
      throw new IllegalStateException(word);
    }
  }

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private static final int LONGEST_NAME = 255;

  /**
   * Reads an attempt's arguments.
   *
   * @param owner the node's worker
   */
  static ContainerRequest of(Attempt attempt, String owner) {
    Arguments arguments = Arguments.of(attempt);
    boolean hasCommand = arguments.optionalText("command") != null;
    Program program =
        Program.of(
            hasCommand ? Program.ofShell(arguments) : Program.words(arguments.get("arguments")),
            arguments);
    String run = UUID.randomUUID().toString();
    Lifetime lifetime = Lifetime.of(arguments);
    String image = ImageName.of(arguments);
    ObjectNode body = Json.object();
    body.put("Image", image);
    body.put("AttachStdout", program.awaited());
    body.put("AttachStderr", program.awaited());
    if (!program.stdin().isEmpty()) {
      body.put("AttachStdin", true).put("OpenStdin", true).put("StdinOnce", true);
    }
    ArrayNode environment = body.putArray("Env");
    program.environment(attempt).forEach((name, value) -> environment.add(name + "=" + value));
    body.set("Labels", Labels.of(owner, run, attempt, lifetime));
    ObjectNode host = body.putObject("HostConfig");
    Ports.write(arguments, body, host);
    Volumes.write(arguments, host);
    return new ContainerRequest(
        run,
        image,
        name(arguments, attempt, run),
        Pull.of(arguments),
        lifetime,
        program,
        hasCommand,
        body);
  }

  private static String name(Arguments arguments, Attempt attempt, String run) {
    String name = arguments.optionalText("name");
    if (name == null) {
      // What the specification recommends.
      return plain(attempt.workflow().name())
          + "-"
          + run
          + "."
          + plain(attempt.workflow().namespace())
          + "-"
          + plain(attempt.taskName());
    }
    if (name.length() > LONGEST_NAME || !NAME.matcher(name).matches()) {
      throw Arguments.wrong(
          "'name' is '"
              + name
              + "'; a container's name is a letter or digit, and then letters, digits and _ . -");
    }
    return name;
  }

  boolean hasVolumes() {
    return body.path("HostConfig").has("Mounts");
  }

  private static String plain(String text) {
    String plain = text.replaceAll("[^a-zA-Z0-9_.-]", "_");
    return plain.isEmpty() || !NAME.matcher(plain).matches() ? "x" + plain : plain;
  }

  /** What the engine is to make of this image: its own program, or another one. */
  ObjectNode of(JsonNode image) {
    List<String> words = program.command();
    if (hasCommand) {
      body.putArray("Entrypoint").add(words.getFirst());
      ArrayNode command = body.putArray("Cmd");
      words.stream().skip(1).forEach(command::add);
    } else if (!words.isEmpty()) {
      ArrayNode command = body.putArray("Cmd");
      JsonNode own = image.path("Config");
      // As on engines' command lines, arguments take the place of those that an entry point has; a
      // command without one gets them in addition.
      if (own.path("Entrypoint").isEmpty()) {
        own.path("Cmd").forEach(command::add);
      }
      words.forEach(command::add);
    }
    return body;
  }
}
