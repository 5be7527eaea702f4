package dev.capstan.worker.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The languages of {@code run:script}, and how a script in them is run. */
public enum ScriptLanguage {

  /**
   * A module, so that {@code import} and {@code await} work at its top; {@code require} works too,
   * since many scripts still use it.
   */
  JAVASCRIPT("js", "node", "script.mjs") {
    @Override
    List<String> command(Path directory, Path script) throws IOException {
      Path preload =
          Files.writeString(
              directory.resolve("preload.cjs"),
              "globalThis.require = require('module').createRequire(process.cwd() + '/');\n");
      return List.of("node", "--require", preload.toString(), script.toString());
    }
  },

  /** Unbuffered, so that output is seen while the script runs. */
  PYTHON("python", "python3", "script.py") {
    @Override
    List<String> command(Path directory, Path script) {
      return List.of("python3", "-u", script.toString());
    }
  };

  private final String word;
  private final String program;
  private final String fileName;

  ScriptLanguage(String word, String program, String fileName) {
    this.word = word;
    this.program = program;
    this.fileName = fileName;
  }

  /** The kind of task. */
  String kind() {
    return "run:script:" + word;
  }

  /** What must be installed on the node. */
  String program() {
    return program;
  }

  /** Writes the script into the directory, and says how to run it. */
  List<String> prepare(Path directory, byte[] code, List<String> arguments) throws IOException {
    Path script = Files.write(directory.resolve(fileName), code);
    List<String> command = new ArrayList<>(command(directory, script));
    command.addAll(arguments);
    return command;
  }

  abstract List<String> command(Path directory, Path script) throws IOException;
}
