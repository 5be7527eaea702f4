package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCommandTest {
  private static final String GOOD =
      """
      workflow: hello.yaml
      cases:
        - name: greets
          input: { name: Ada }
          expect: { output: { message: hello Ada }, took: P7D }
      """;

  @TempDir Path directory;
  private Shell shell;

  @BeforeEach
  void writeFiles() throws IOException {
    shell = new Shell(directory, Map.of());
    Files.createDirectories(directory.resolve("flows"));
    write(
        "hello.yaml",
        """
        document: { dsl: '1.0.3', namespace: test, name: hello, version: '0.1.0' }
        do:
          - aWeek: { wait: { days: 7 } }
          - greet: { set: { message: '${ "hello " + .name }' } }
        """);
    write("hello.test.yaml", GOOD);
    write(
        "bad.test.yaml",
        GOOD + "  - { name: 'says <bye>', input: { name: Bob }, expect: { output: bye } }\n");
    write("wrong.test.yaml", GOOD.replace("output", "outptu"));
  }

  @Test
  void aCaseThatPassesIsALine() {
    Shell.Result result = shell.run("test", "flows/hello.test.yaml");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("✔ flows/hello.test.yaml · greets · 7d\n");
    assertThat(result.err()).isEqualTo("1 passed\n");
  }

  @Test
  void aCaseThatFailsShowsWhatDiffers() {
    Shell.Result result = shell.run("test", "flows/hello.test.yaml", "flows/bad.test.yaml");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .isEqualTo(
            """
            ✔ flows/hello.test.yaml · greets · 7d
            ✔ flows/bad.test.yaml · greets · 7d
            ✘ flows/bad.test.yaml:6 · says <bye> · 7d
                output
                  expected  "bye"
                  actual    {"message":"hello Bob"}
            """);
    assertThat(result.err()).isEqualTo("2 passed, 1 failed\n");
  }

  @Test
  void aFileThatIsNotValidIsExplainedAndTheOthersRun() {
    Shell.Result result = shell.run("test", "flows/wrong.test.yaml", "flows/hello.test.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEqualTo("✔ flows/hello.test.yaml · greets · 7d\n");
    assertThat(result.err())
        .contains("flows/wrong.test.yaml:5:15", "did you mean \"output\"?")
        .endsWith("1 passed, 1 file is not valid\n");
  }

  @Test
  void programsReadJson() {
    Shell.Result result =
        shell.run("test", "flows/bad.test.yaml", "flows/wrong.test.yaml", "-o", "json");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .contains("\"passed\": true", "\"passed\": false", "\"took\": \"PT168H\"")
        .contains("\"expected\": \"\\\"bye\\\"\"", "\"code\": \"CAP-1101\"", "\"line\": 5");
  }

  @Test
  void buildServersReadXml() throws IOException {
    Shell.Result result =
        shell.run(
            "test",
            "flows/bad.test.yaml",
            "flows/wrong.test.yaml",
            "--format",
            "junit",
            "--to",
            "report.xml");

    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("✘ flows/bad.test.yaml:6");
    assertThat(Files.readString(directory.resolve("report.xml")).replaceAll("\\d+\\.\\d{3}", "T"))
        .startsWith(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
              <testsuite name="flows/bad.test.yaml" tests="2" failures="1" errors="0" time="T">
                <testcase classname="flows/bad.test.yaml" name="greets" time="T"/>
                <testcase classname="flows/bad.test.yaml" name="says &lt;bye&gt;" time="T">
                  <failure message="output: expected &quot;bye&quot;\
            """)
        .contains("<error message=\"flows/wrong.test.yaml is not valid\">error CAP-1101")
        .endsWith("  </testsuite>\n</testsuites>\n");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Shell.Result result = shell.run("test", "flows/nothing.test.yaml");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("there is no file flows/nothing.test.yaml");
  }

  @Test
  void theExamplePasses() {
    Shell examples = new Shell(Path.of("..").toAbsolutePath().normalize(), Map.of());

    Shell.Result result = examples.run("test", "examples/order-fulfilment.test.yaml");

    assertThat(result.exitCode()).as(result.out()).isZero();
    assertThat(result.err()).isEqualTo("5 passed\n");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve("flows").resolve(name), text);
  }
}
