package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * DSL reference, Script Process: JavaScript by node, Python by python3, as they are installed here.
 */
class ScriptTest {

  private static final String JS = "run:script:js";

  private static final String PYTHON = "run:script:python";

  @TempDir Path directory;

  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = Cluster.start(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void assumeInstalled(String kind) {
    assumeTrue(
        cluster.worker().status().kinds().contains(kind),
        () -> "the program that runs " + kind + " is missing");
  }

  private static ObjectNode script(String code) {
    return Json.object().put("code", code);
  }

  private String output(String kind, ObjectNode arguments) throws IOException {
    return cluster.output(kind, arguments.toString()).textValue();
  }

  @Test
  void theSpecificationsExampleOfStdinArgumentsAndEnvironmentRuns() throws Exception {
    assumeInstalled(JS);
    ObjectNode example =
        script(
            """
            // Reading Input from STDIN
            import { readFileSync } from 'node:fs';
            const stdin = readFileSync(process.stdin.fd, 'utf8');
            console.log('stdin > ', stdin) // Output: stdin > Hello Workflow

            // Reading from argv
            const [_, __, arg] = process.argv;
            console.log('arg > ', arg) // Output: arg > hello

            // Reading from env
            const foo = process.env.foo;
            console.log('env > ', foo) // Output: env > bar
            """);
    example.put("language", "js").put("stdin", "Hello Workflow");
    example.putObject("environment").put("foo", "bar");
    example.putArray("arguments").add("hello");

    assertThat(output(JS, example)).isEqualTo("stdin >  Hello Workflow\narg >  hello\nenv >  bar");
  }

  @Test
  void javaScriptMayImportRequireAndAwait() throws Exception {
    assumeInstalled(JS);

    assertThat(
            output(
                JS,
                script(
                    """
                    import path from 'node:path';
                    const os = require('os');
                    const value = await Promise.resolve(typeof os.EOL);
                    console.log(path.basename('/a/b'), value);
                    """)))
        .isEqualTo("b string");
  }

  @Test
  void pythonGetsStdinArgumentsAndEnvironment() throws Exception {
    assumeInstalled(PYTHON);
    ObjectNode arguments =
        script(
            "import os, sys\nprint(sys.stdin.read(), sys.argv[1:], os.environ['foo'], len(os.listdir('.')))");
    arguments.put("stdin", "in");
    arguments.putObject("environment").put("foo", "bar");
    arguments.putArray("arguments").add("a b").add(7);

    assertThat(output(PYTHON, arguments)).isEqualTo("in ['a b', '7'] bar 0");
  }

  @ParameterizedTest
  @CsvSource({
    "run:script:js, 'console.log(JSON.stringify(process.argv.slice(2)))'",
    "run:script:python, 'import json, sys; print(json.dumps(sys.argv[1:], separators=(\",\", \":\")))'"
  })
  void argumentsInAnObjectAreNameAndValue(String kind, String code) throws Exception {
    assumeInstalled(kind);
    ObjectNode arguments = script(code);
    arguments.putObject("arguments").put("--name", "Ada").put("--count", 3).putNull("--flag");

    assertThat(output(kind, arguments))
        .isEqualTo("[\"--name\",\"Ada\",\"--count\",\"3\",\"--flag\"]");
  }

  @ParameterizedTest
  @CsvSource({
    "run:script:js, 'throw new Error(\"boom\")', 1",
    "run:script:js, 'this is no code', 1",
    "run:script:python, 'raise ValueError(\"boom\")', 1",
    "run:script:python, 'import sys; sys.exit(\"boom\")', 1",
  })
  void aScriptThatFailsIsARuntimeErrorThatShowsWhy(String kind, String code, int exitCode) {
    assumeInstalled(kind);

    Fault fault = cluster.fault(kind, script(code).toString());

    assertThat(fault.getType()).endsWith("/runtime");
    assertThat(fault.getDetail())
        .contains("Exit code " + exitCode)
        .containsAnyOf("boom", "SyntaxError");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          stdout | 0 | "out"
          stderr | 0 | "err"
          code   | 7 | 7
          all    | 7 | {"code":7,"stdout":"out","stderr":"err"}
          none   | 0 | null
          """)
  void theOutputIsWhatReturnAsksFor(String returned, int exitCode, String output) throws Exception {
    assumeInstalled(JS);
    assumeInstalled(PYTHON);
    ObjectNode js =
        script("console.log('out'); console.error('err'); process.exitCode = " + exitCode);
    ObjectNode python =
        script(
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(%d)"
                .formatted(exitCode));

    assertThat(cluster.output(JS, js.put("return", returned).toString())).hasToString(output);
    assertThat(cluster.output(PYTHON, python.put("return", returned).toString()))
        .hasToString(output);
  }

  @Test
  void theSourceMayBeAFileOrAnHttpResource() throws Exception {
    assumeInstalled(PYTHON);
    Path file = Files.writeString(directory.resolve("tool.py"), "print('from a file')");
    ObjectNode fromFile = Json.object();
    fromFile.putObject("source").put("endpoint", file.toUri().toString());

    assertThat(output(PYTHON, fromFile)).isEqualTo("from a file");

    try (Site site = new Site()) {
      site.page("/tool.py", 200, "text/plain", "print('from a server')");
      ObjectNode fromServer = Json.object();
      fromServer
          .putObject("source")
          .putObject("endpoint")
          .put("uri", site.url("/tool.py"))
          .putObject("authentication")
          .putObject("bearer")
          .put("token", "tok-1");

      assertThat(output(PYTHON, fromServer)).isEqualTo("from a server");
      assertThat(site.last().header("Authorization")).isEqualTo("Bearer tok-1");
    }
  }

  @Test
  void aSourceThatCanNotBeReadIsAnErrorThatNamesIt() throws Exception {
    assumeInstalled(PYTHON);
    try (Site site = new Site()) {
      site.page("/gone.py", 410, "", "");

      Fault gone =
          cluster.fault(
              PYTHON, "{\"source\":{\"endpoint\":\"%s\"}}".formatted(site.url("/gone.py")));
      Fault missing =
          cluster.fault(PYTHON, "{\"source\":{\"endpoint\":\"file:///no/such/file.py\"}}");
      Fault neither = cluster.fault(PYTHON, "{}");

      assertThat(gone.getType()).endsWith("/communication");
      assertThat(gone.getStatus()).isEqualTo(410);
      assertThat(missing.getType()).endsWith("/configuration");
      assertThat(missing.getDetail())
          .contains("'source.endpoint'")
          .contains("file:///no/such/file.py");
      assertThat(neither.getDetail()).isEqualTo("One of 'code' and 'source.endpoint' is required.");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "run:script:js, 'console.log(1); setInterval(() => {}, 1000)'",
    "run:script:python, 'import time; print(1); time.sleep(1000)'"
  })
  void cancellingEndsAScript(String kind, String code) {
    assumeInstalled(kind);
    FakeCoordinator coordinator = cluster.coordinator();
    Dispatch dispatch = coordinator.dispatch(kind, script(code).toString());
    coordinator.session(0).send(dispatch);
    Awaitility.await()
        .atMost(FakeCoordinator.PATIENCE)
        .until(() ->
            !coordinator
                .session(0)
                .output(dispatch.getToken(), OutputChunk.Stream.STDOUT)
                .isEmpty());

    coordinator.session(0).cancel(dispatch.getToken());

    assertThat(coordinator.report(dispatch.getToken()).hasCancelled()).isTrue();
  }

  @Test
  void aKindWhoseExecutorIsNotEnabledIsNotAnnounced() throws Exception {
    try (Cluster small =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.builtIns(java.util.Set.of(BuiltIn.NOOP)))) {
      List<String> kinds = small.coordinator().session(0).hello().getKindsList();

      assertThat(kinds).containsExactly("capstan:noop");
    }
  }
}
