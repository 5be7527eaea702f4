package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCommandTest {
  private static final String VALID =
      """
      document: { dsl: '1.0.3', namespace: test, name: hello, version: '0.1.0' }
      do:
        - greet: { set: { message: hello } }
      """;

  private static final String MERMAID =
      """
      flowchart TD
        n0(["start"])
        n2[/"greet<br/>set"/]
        n1(["end"])
        n0 --> n2
        n2 --> n1
      """;

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void writeFiles() throws IOException {
    shell = new Shell(directory, Map.of());
    Files.writeString(directory.resolve("hello.yaml"), VALID);
    Files.writeString(directory.resolve("bad.yaml"), VALID.replace("set:", "sett:"));
  }

  @Test
  void aDefinitionIsDrawnForMermaid() {
    Shell.Result result = shell.run("graph", "hello.yaml");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(MERMAID);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void theFormatCanBeSvg() {
    assertThat(shell.run("graph", "hello.yaml", "--format", "svg").out())
        .startsWith("<svg ")
        .endsWith("</svg>\n");
  }

  @Test
  void theEndingOfTheFileSaysTheFormat() throws IOException {
    assertThat(shell.run("graph", "hello.yaml", "--to", "hello.svg").out()).isEmpty();
    assertThat(shell.run("graph", "hello.yaml", "--to", "hello.mmd").exitCode()).isZero();

    assertThat(directory.resolve("hello.svg")).content().startsWith("<svg ");
    assertThat(directory.resolve("hello.mmd")).content().isEqualTo(MERMAID);
  }

  @Test
  void theFormatCountsMoreThanTheEnding() {
    shell.run("graph", "hello.yaml", "--format", "mermaid", "--to", "hello.svg");

    assertThat(directory.resolve("hello.svg")).content().isEqualTo(MERMAID);
  }

  @Test
  void aDefinitionToDrawCanComeFromStandardInput() {
    assertThat(shell.runWithInput(VALID, "graph", "-").out()).isEqualTo(MERMAID);
  }

  @Test
  void anInvalidDefinitionIsNotDrawnButExplained() {
    Shell.Result result = shell.run("graph", "bad.yaml", "--to", "bad.svg");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .contains(shell.run("validate", "bad.yaml").out().strip())
        .contains("bad.yaml:3:14", "bad.yaml is not a valid definition");
    assertThat(directory.resolve("bad.svg")).doesNotExist();
  }

  @Test
  void anUnknownFormatIsRefusedWithThoseThatAre() {
    Shell.Result result = shell.run("graph", "hello.yaml", "--format", "png");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("png", "mermaid", "svg");
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    Shell.Result result = shell.run("graph", "hello.yaml", "--to", "nowhere/hello.svg");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("there is no directory for nowhere/hello.svg");
  }
}
