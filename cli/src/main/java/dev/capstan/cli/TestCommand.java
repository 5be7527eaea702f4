package dev.capstan.cli;

import dev.capstan.cli.cases.CaseJson;
import dev.capstan.cli.cases.CaseText;
import dev.capstan.cli.cases.JUnitXml;
import dev.capstan.cli.cases.TestedFile;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.JsonText;
import dev.capstan.testkit.cases.TestFile;
import dev.capstan.testkit.cases.TestFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "test",
    description = {
      "Runs the cases of test files: workflows in virtual time, with answers in the place of what nodes do. Needs no server.",
      "Ends with 1 when a case fails, with 2 when a file is not valid."
    })
final class TestCommand extends Command {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Test files such as order.test.yaml, in YAML or JSON.")
  List<String> files = new ArrayList<>();

  @Option(
      names = {"-o", "--output", "--format"},
      paramLabel = "FORMAT",
      description = "text, json, or junit for build servers.")
  Format format = Format.text;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description =
          "Writes to a file, and what people read to standard error; without it to standard output.")
  @Nullable String to;

  /** What a report is written as; the names are the words of {@code --output}. */
  enum Format {
    text,
    json,
    junit
  }

  TestCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    List<TestedFile> tested = new ArrayList<>();
    for (String name : files) {
      tested.add(run(name));
    }
    String report =
        switch (format) {
          case text -> text(tested);
          case json -> JsonText.pretty(CaseJson.of(tested));
          case junit -> JUnitXml.of(tested);
        };
    if (to != null || !report.isEmpty()) {
      new TargetFile(console, to).write(report);
    }
    if (to != null) {
      console.talk(text(tested));
    }
    console.talk(CaseText.sum(tested));
    if (tested.stream().anyMatch(file -> file.rejection() != null)) {
      return ExitCode.MISUSE;
    }
    return tested.stream().allMatch(file -> file.failed() == 0) ? ExitCode.OK : ExitCode.FAILED;
  }

  private TestedFile run(String name) throws IOException {
    Path path = console.resolve(name);
    if (Files.isDirectory(path)) {
      throw CliFailure.misuse(name + " is a directory", "name a file in it");
    }
    if (!Files.exists(path)) {
      throw CliFailure.misuse(
          "there is no file " + name, "the path is taken from " + console.directory());
    }
    try {
      return TestedFile.run(TestFile.read(path, name));
    } catch (TestFileException e) {
      console.talk(e.rendered().stripTrailing());
      return TestedFile.rejected(name, e);
    }
  }

  private String text(List<TestedFile> tested) {
    CaseText text = new CaseText(console.unicode(), to == null && console.colourOut());
    return String.join(
        "\n", tested.stream().filter(file -> !file.cases().isEmpty()).map(text::file).toList());
  }
}
