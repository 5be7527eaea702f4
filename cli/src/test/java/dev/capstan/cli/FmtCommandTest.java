package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FmtCommandTest {
  private static final String MESSY =
      """
      # What this file is about.

      # the tasks
      do:
      - one:   # the first
            output: {as: .x}
            # why it is skipped
            if: .n > 1
            set: {x: 1,
               # inside
               y: [ 1,2 ]}


      # the second
      -   two:
            catch:
              do:
              - undo: {then: end, wait: {seconds: 1}}
            try:
            - deep:
                with: {method: get, endpoint: 'http://x.example'}
                call: http   # asks
            # nobody else to ask
      - three:
            set:
              text: |
                a

                 b # no comment

              same: &s {k: "v"}
              again: *s
      document: {dsl: '1.0.3', namespace: test,
        name: messy, version: '0.1.0'} # who
      # the end
      """;

  private static final String NEAT =
      """
      # What this file is about.

      document:
        dsl: '1.0.3'
        namespace: test
        name: messy
        version: '0.1.0' # who
      # the tasks
      do:
        - one: # the first
            # why it is skipped
            if: .n > 1
            set:
              x: 1
              # inside
              y: [1, 2]
            output: { as: .x }

        # the second
        - two:
            try:
              - deep:
                  call: http # asks
                  with: { method: get, endpoint: 'http://x.example' }
            catch:
              do:
                - undo: { wait: { seconds: 1 }, then: end }
        # nobody else to ask
        - three:
            set:
              text: |
                a

                 b # no comment

              same: &s { k: "v" }
              again: *s
      # the end
      """;

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void writeFiles() throws IOException {
    shell = new Shell(directory, Map.of());
    Files.writeString(directory.resolve("messy.yaml"), MESSY);
    Files.writeString(directory.resolve("neat.yaml"), NEAT);
    Files.writeString(directory.resolve("bad.yaml"), NEAT.replace("try:", "tri:"));
  }

  @Test
  void aDefinitionIsLaidOutAndNamed() throws IOException {
    Shell.Result result = shell.run("fmt", "messy.yaml", "neat.yaml");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).isEqualTo("messy.yaml\n");
    assertThat(directory.resolve("messy.yaml")).content().isEqualTo(NEAT);
    assertThat(directory.resolve("neat.yaml")).content().isEqualTo(NEAT);
  }

  @Test
  void aCheckChangesNothing() {
    assertThat(shell.run("fmt", "--check", "neat.yaml").exitCode()).isZero();

    Shell.Result result = shell.run("fmt", "--check", "messy.yaml", "neat.yaml");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEqualTo("messy.yaml\n");
    assertThat(directory.resolve("messy.yaml")).content().isEqualTo(MESSY);
  }

  @Test
  void standardInputGoesToStandardOutput() {
    assertThat(shell.runWithInput(MESSY, "fmt", "-").out()).isEqualTo(NEAT);
  }

  @Test
  void aDefinitionThatIsNotValidIsExplainedAndLeftAlone() throws IOException {
    Shell.Result result = shell.run("fmt", "bad.yaml", "messy.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("bad.yaml:", "did you mean \"try\"?");
    assertThat(directory.resolve("bad.yaml")).content().contains("tri:");
    assertThat(directory.resolve("messy.yaml")).content().isEqualTo(NEAT);
  }

  @Test
  void jsonIsRefused() throws IOException {
    Files.writeString(
        directory.resolve("a.json"),
        """
        {"document":{"dsl":"1.0.3","namespace":"t","name":"a","version":"1.0.0"},"do":[{"a":{"set":{"x":1}}}]}
        """);

    Shell.Result result = shell.run("fmt", "a.json");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("a.json is JSON");
  }

  @Test
  void foldedTextIsWrapped() throws IOException {
    String folded = ("some words " + "that go on ").repeat(12).strip();
    Files.writeString(
        directory.resolve("neat.yaml"),
        NEAT.replace("text: |\n", "prose: >-\n          " + folded + "\n        text: |\n"));

    assertThat(shell.run("fmt", "neat.yaml").exitCode()).isZero();

    List<String> lines = Files.readAllLines(directory.resolve("neat.yaml"));
    assertThat(lines).allMatch(line -> line.length() <= 100);
    assertThat(String.join(" ", lines).replaceAll(" +", " ")).contains(folded);
  }

  private static JsonNode meaning(Path file) throws IOException {
    return switch (new DefinitionLoader().load(Files.readString(file), file.toString())) {
      case LoadResult.Loaded loaded -> loaded.definition().source();
      case LoadResult.Rejected rejected -> throw new AssertionError(rejected.diagnostics());
    };
  }

  /** The specification's examples are written in many ways; none loses anything. */
  @Test
  void everyExampleCanBeLaidOut() throws IOException {
    Path examples = Path.of("../dsl/src/test/resources/conformance/examples");
    try (Stream<Path> files = Files.list(examples)) {
      List<Path> all = files.filter(file -> file.toString().endsWith(".yaml")).toList();
      assertThat(all).hasSizeGreaterThan(50);
      for (Path file : all) {
        Path copy = directory.resolve("copy.yaml");
        Files.writeString(copy, Files.readString(file));
        Shell.Result result = shell.run("fmt", "copy.yaml");
        assertThat(result.exitCode()).as("%s: %s", file, result.err()).isZero();
        assertThat(meaning(copy)).as("%s", file).isEqualTo(meaning(file));
        assertThat(comments(copy)).as("%s", file).isEqualTo(comments(file));
        assertThat(shell.run("fmt", "--check", "copy.yaml").exitCode()).as("%s", file).isZero();
      }
    }
  }

  private static long comments(Path file) throws IOException {
    return Files.readString(file).chars().filter(c -> c == '#').count();
  }

  /** Ours are laid out already, but for what the layout decides otherwise. */
  @Test
  void examplesOfOursStayAsTheyAre() throws IOException {
    Path examples = Path.of("..", "examples").toAbsolutePath().normalize();
    try (Stream<Path> files = Files.list(examples)) {
      for (String file : files.map(path -> path.getFileName().toString()).toList()) {
        if (file.endsWith(".yaml") && !file.endsWith(".test.yaml")) {
          assertThat(new Shell(examples, Map.of()).run("fmt", "--check", file).exitCode())
              .as(file)
              .isZero();
        }
      }
    }
  }

  @Test
  void aTestFileIsNoDefinitionAndIsToldSo() throws IOException {
    Files.writeString(directory.resolve("neat.test.yaml"), "workflow: neat.yaml\ncases: []\n");

    Shell.Result result = shell.run("fmt", "--check", "neat.test.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("fix: neat.test.yaml looks like a test file: capstan test neat.test.yaml");
    assertThat(shell.run("fmt", "--check", "bad.yaml").err()).doesNotContain("test file");
  }
}
