package dev.capstan.verify.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code docs/conformance.md} from what tests have shown. */
final class ConformanceReport {
  private static final Path TESTKIT = Path.of("../testkit/src/test/resources");
  private static final String HEAD =
      """
      # Conformance

      What shows that Capstan runs the [Open Workflow Specification](https://github.com/open-workflow-specification/specification). This page is
      written by a test from the results of tests (`ConformanceReportTest`), so it says nothing that has not just been tried:

      ```
      mvn verify -pl verify -am -Dtest=ConformanceReportTest -Dsurefire.failIfNoSpecifiedTests=false   # add -Dcapstan.regenerate=true to write it
      ```

      """;

  private final StringBuilder text = new StringBuilder(HEAD);

  private ConformanceReport() {}

  /** A case of the language: what it proves, and whether the definition must be refused. */
  private record Case(String name, String section, boolean refused) {}

  static String of(
      List<TestResults.Ended> kit, List<TestResults.Ended> cases, List<TestResults.Ended> examples)
      throws IOException {
    ConformanceReport report = new ConformanceReport();
    report.kit(kit);
    Map<String, List<ExamplePlay>> plays = ExamplePlay.all();
    report.examples(plays, examples);
    report.missing(plays);
    report.cases(cases);
    return report.text.toString();
  }

  private void kit(List<TestResults.Ended> kit) {
    line("## The conformance kit");
    line("");
    line(
        "%d of %d scenarios of the specification's conformance test kit pass, with a coordinator, a worker and stand-ins on loopback for the two public"
            .formatted(passed(kit), kit.size()));
    line("services that it calls.");
    line("");
    line("| feature | scenario | result |");
    line("|---|---|---|");
    kit.forEach(test -> line("| %s | %s | %s |".formatted(test.group(), test.name(), test.word())));
    line("");
  }

  private void examples(Map<String, List<ExamplePlay>> plays, List<TestResults.Ended> results) {
    Map<String, String> words =
        results.stream()
            .collect(Collectors.toMap(TestResults.Ended::name, TestResults.Ended::word));
    long run = plays.values().stream().filter(list -> list.getFirst().loads().isEmpty()).count();
    line("## The examples of the specification");
    line("");
    line(
        run == plays.size()
            ? "All %d examples run as they stand, with stand-ins on loopback for what they call, real servers of gRPC and WebSockets, and a"
                .formatted(run)
            : "Of %d examples %d run as they stand, the others are loaded; with stand-ins on loopback for what they call, servers of gRPC and WebSockets, and a"
                .formatted(plays.size(), run));
    line("container engine whose images of these names are made from busybox.");
    line("");
    line("| example | how | result | remark |");
    line("|---|---|---|---|");
    plays.forEach((example, list) ->
        list.forEach(play ->
            line(
                "| %s | %s | %s | %s |"
                    .formatted(example, how(play), words.get(play.title()), play.says()))));
    line("");
  }

  private static String how(ExamplePlay play) {
    if (!play.loads().isEmpty()) {
      return "loaded";
    }
    String status = play.expected().path("status").asText("completed");
    String beside =
        play.json().has("answers")
            ? " with services"
            : play.json().has("others") ? " with others" : "";
    String events =
        play.json().has("events") && !play.by().equals("events")
            ? " with events"
            : play.messages().isEmpty() ? beside : " with messages";
    String run =
        switch (play.by()) {
          case "events" -> "started by events";
          case "virtual time" -> "run in virtual time";
          default -> "run";
        };
    return run + events + ", " + status;
  }

  private void missing(Map<String, List<ExamplePlay>> plays) throws IOException {
    Map<String, List<String>> waiting = new TreeMap<>();
    plays.forEach((example, list) -> {
      if (!list.getFirst().loads().isEmpty()) {
        waiting.computeIfAbsent(list.getFirst().loads(), _ -> new ArrayList<>()).add(example);
      }
    });
    line("## What is not supported");
    line("");
    Map<String, JsonNode> absent = sections();
    absent.values().removeIf(remark -> !remark.has("absent"));
    if (absent.isEmpty()) {
      line("There is no section of which this has to be said.");
    } else {
      line("What becomes of a definition with one of these is said here.");
      line("");
      line("| section | why |");
      line("|---|---|");
      absent.forEach((section, remark) ->
          line("| %s | %s |".formatted(section, remark.get("absent").asText())));
    }
    line("");
    if (!waiting.isEmpty()) {
      line("| examples that need it are loaded only | examples |");
      line("|---|---|");
      waiting.forEach((what, list) -> line("| %s | %s |".formatted(what, String.join(", ", list))));
      line("");
    }
  }

  private void cases(List<TestResults.Ended> results) throws IOException {
    Map<String, List<String>> words =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    test -> test.name().replaceFirst(" \\(\\d+ steps a decision\\)$", ""),
                    Collectors.mapping(TestResults.Ended::word, Collectors.toList())));
    List<Case> all = ownCases();
    Map<String, List<Case>> bySection =
        all.stream()
            .collect(Collectors.groupingBy(Case::section, LinkedHashMap::new, Collectors.toList()));
    long good = all.stream().filter(one -> hasPassed(words.get(one.name()))).count();
    line("## Cases of the language");
    line("");
    line(
        "%d of %d own cases pass; %d of them are definitions that must be refused, at a line and with a code. The others run three times each,"
            .formatted(good, all.size(), all.stream().filter(Case::refused).count()));
    line(
        "with decisions cut at every step, every few steps, and not at all. They are in [cases](../testkit/src/test/resources/cases). Where the text is silent,");
    line("[language.md](language.md) says what is done and why.");
    line("");
    line("| section | cases | passed | refused |");
    line("|---|---|---|---|");
    Map<String, JsonNode> sections = sections();
    sections.forEach((section, remark) -> {
      List<Case> of = bySection.getOrDefault(section, List.of());
      if (of.isEmpty()) {
        line("| %s | %s | | |".formatted(section, elsewhere(remark)));
      } else {
        line(
            "| %s | %d | %d | %d |"
                .formatted(
                    section,
                    of.size(),
                    of.stream().filter(one -> hasPassed(words.get(one.name()))).count(),
                    of.stream().filter(Case::refused).count()));
      }
    });
    for (String section : sections.keySet()) {
      List<Case> of = bySection.getOrDefault(section, List.of());
      if (!of.isEmpty()) {
        line("");
        line("### " + section);
        line("");
        of.forEach(one ->
            line("- " + one.name() + (hasPassed(words.get(one.name())) ? "" : " **(fails)**")));
      }
    }
  }

  private static String elsewhere(JsonNode remark) {
    String file = remark.path("elsewhere").asText("");
    if (file.isEmpty()) {
      return "not supported";
    }
    return "[%s](../%s)".formatted(Path.of(file).getFileName(), file);
  }

  private static boolean hasPassed(@Nullable List<String> words) {
    return words != null && words.stream().allMatch("passed"::equals);
  }

  private static long passed(List<TestResults.Ended> tests) {
    return tests.stream().filter(test -> test.word().equals("passed")).count();
  }

  private static Map<String, JsonNode> sections() throws IOException {
    return Engine.yaml(Files.readString(TESTKIT.resolve("sections.yaml"))).properties().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, Map.Entry::getValue, (a, _) -> a, LinkedHashMap::new));
  }

  private static List<Case> ownCases() throws IOException {
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> files = Files.list(TESTKIT.resolve("cases"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        Function<JsonNode, Case> read =
            json ->
                new Case(
                    json.path("name").asText(),
                    json.path("section").asText(),
                    json.path("expect").has("refused"));
        Engine.yaml(Files.readString(file)).valueStream().map(read).forEach(cases::add);
      }
    }
    return cases;
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
