package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guide to scheduling shows can be written so. */
class GuideTest {
  private static final Pattern BLOCK = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: guide, name: shown, version: '1.0.0' }\ndo:\n";

  @TempDir Path directory;

  private static List<String> blocks() throws IOException {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("docs/scheduling.md"))) {
      folder = Objects.requireNonNull(folder.getParent(), "the repository's root has docs");
    }
    String guide = Files.readString(folder.resolve("docs/scheduling.md"));
    return BLOCK.matcher(guide).results().map((MatchResult each) -> each.group(1)).toList();
  }

  @Test
  void tasksAreValidWithoutAWarning() throws IOException {
    List<String> tasks = blocks().stream().filter(block -> block.startsWith("- ")).toList();
    assertThat(tasks).isNotEmpty();
    for (String task : tasks) {
      Files.writeString(directory.resolve("shown.yaml"), HEAD + task.indent(2));
      Ended validated = Shell.in(directory).run("validate", "shown.yaml");
      assertThat(validated.exitCode()).as(validated.out() + validated.err()).isZero();
      assertThat(validated.out()).contains("no warnings");
    }
  }

  @Test
  void configurationsAreAccepted() throws IOException, ConfigRefused {
    List<String> files =
        blocks().stream().filter(block -> block.startsWith("distributed_workflow_engine")).toList();
    assertThat(files).isNotEmpty();
    for (String file : files) {
      Path written = Files.writeString(directory.resolve("node.yaml"), file);
      assertThat(ConfigFile.read(written, List.of()).scheduling().queueTimeout()).hasHours(1);
    }
  }
}
