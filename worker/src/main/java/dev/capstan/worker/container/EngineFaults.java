package dev.capstan.worker.container;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.process.Program;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;

/** The errors that tasks end with when an engine does not do what they need. */
final class EngineFaults {

  private static final int WRONG = 400;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  /** Engines tell what went wrong in words alone. */
  private static final Pattern NAME_TAKEN = Pattern.compile("name .*already in use");

  private static final Pattern PORT_TAKEN =
      Pattern.compile("port is already allocated|address already in use");

  private static final Pattern NO_PROGRAM = Pattern.compile("executable file .*not found");

  private static final Pattern VOLUME = Pattern.compile("mount|volume|bind source");

  private EngineFaults() {}

  static TaskFault unreachable(String why) {
    return new TaskFault(ErrorType.COMMUNICATION.fault("Container engine not reachable", why));
  }

  static TaskFault broken(IOException e) {
    return unreachable("The container engine of this node does not answer: " + e.getMessage());
  }

  static TaskFault notHere(String image) {
    return new TaskFault(
        ErrorType.RUNTIME.fault(
            NOT_FOUND,
            "Image not found",
            "'" + image + "' is not on this node, and its pullPolicy is never."));
  }

  static TaskFault notPulled(String image, EngineRefusal refusal) {
    return new TaskFault(
        ErrorType.RUNTIME.fault(
            NOT_FOUND, "Image not pulled", "'" + image + "': " + refusal.words()));
  }

  /** For a login of this node that can't be read; the message has no secret. */
  static TaskFault noLogin(String image, IOException e) {
    return new TaskFault(
        ErrorType.RUNTIME.fault(
            NOT_FOUND,
            "Image not pulled",
            "'" + image + "': the node's login can't be used: " + e.getMessage()));
  }

  /** For a container that was not made or not started. */
  static TaskFault of(ContainerRequest request, EngineRefusal refusal) {
    String words = refusal.words();
    String lower = words.toLowerCase(Locale.ROOT);
    if (NAME_TAKEN.matcher(lower).find()) {
      return new TaskFault(
          ErrorType.RUNTIME.fault(
              CONFLICT,
              "Container name taken",
              "Another container has the name '" + request.name() + "'."));
    }
    if (PORT_TAKEN.matcher(lower).find()) {
      return new TaskFault(ErrorType.RUNTIME.fault(CONFLICT, "Port taken", words));
    }
    if (NO_PROGRAM.matcher(lower).find()) {
      String hint =
          request.hasCommand()
              ? "'command' needs " + Program.SHELL + " in the image; 'arguments' alone do not: "
              : "";
      return new TaskFault(ErrorType.RUNTIME.fault("Program not found", hint + words));
    }
    if (VOLUME.matcher(lower).find() && request.hasVolumes()) {
      return new TaskFault(ErrorType.CONFIGURATION.fault(WRONG, "Wrong volume", words));
    }
    return new TaskFault(ErrorType.RUNTIME.fault("Container not started", words));
  }
}
