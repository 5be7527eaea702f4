package dev.capstan.worker.process;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.http.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Runs {@code run:script} (DSL reference, Script Process) of one language with the program
 * installed on this node. Arguments are the script's argv; an object, the specification's earlier
 * form, becomes name, value, name, value.
 */
public final class ScriptExecutor implements Executor {

  private final ScriptLanguage language;
  private final Launcher launcher;
  private final Resources resources;
  private final Limits limits;

  public ScriptExecutor(
      ScriptLanguage language, Launcher launcher, Resources resources, Limits limits) {
    this.language = language;
    this.launcher = launcher;
    this.resources = resources;
    this.limits = limits;
  }

  @Override
  public List<String> kinds() {
    return Programs.find(language.program(), launcher.searchPath()).isPresent()
        ? List.of(language.kind())
        : List.of();
  }

  @Override
  public Outcome run(Attempt attempt) throws IOException, InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    byte[] code = code(arguments);
    List<String> words = Program.words(arguments.get("arguments"));
    return launcher.run(
        attempt,
        arguments.flag("await", true),
        directory -> Program.of(language.prepare(directory, code, words), arguments));
  }

  private byte[] code(Arguments arguments) throws InterruptedException {
    String code = arguments.optionalText("code");
    JsonNode endpoint = arguments.object("source").path("endpoint");
    if (code != null) {
      return code.getBytes(StandardCharsets.UTF_8);
    }
    if (endpoint.isMissingNode() || endpoint.isNull()) {
      throw Arguments.wrong("One of 'code' and 'source.endpoint' is required.");
    }
    return resources.read(endpoint, "source.endpoint", limits.scriptBytes());
  }

  @Override
  public void close() {
    launcher.close();
    resources.close();
  }
}
