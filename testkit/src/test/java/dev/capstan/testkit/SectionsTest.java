package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every section of the specification that this engine implements has a test named by it. */
class SectionsTest {
  private final Map<String, JsonNode> sections = sections();
  private final Set<String> told =
      Case.all().map(Case::section).collect(Collectors.toCollection(TreeSet::new));

  private static Map<String, JsonNode> sections() {
    try (InputStream in =
        Objects.requireNonNull(SectionsTest.class.getResourceAsStream("/sections.yaml"))) {
      return Yaml.read(new String(in.readAllBytes(), StandardCharsets.UTF_8)).properties().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    } catch (IOException e) {
      throw new IllegalStateException("the sections can't be read", e);
    }
  }

  @Test
  void every_case_names_a_section_that_is_listed() {
    assertThat(sections.keySet()).containsAll(told);
  }

  @Test
  void every_section_has_a_case_or_a_remark() {
    List<String> without =
        sections.entrySet().stream()
            .filter(section -> section.getValue().isNull() && !told.contains(section.getKey()))
            .map(Map.Entry::getKey)
            .toList();
    assertThat(without).as("sections without a case").isEmpty();
  }

  @Test
  void what_is_told_elsewhere_is_there() throws IOException {
    for (Map.Entry<String, JsonNode> section : sections.entrySet()) {
      String elsewhere = section.getValue().path("elsewhere").asText();
      if (!elsewhere.isEmpty()) {
        String text = Files.readString(Path.of("..", elsewhere));
        List<String> rules = Json.strings(section.getValue().path("tells"));
        assertThat(rules).as("%s: rules that are told there", section.getKey()).isNotEmpty();
        assertThat(rules)
            .as("%s: %s", section.getKey(), elsewhere)
            .allMatch(rule -> tells(text, rule));
      }
    }
  }

  /** Whether a file has a test of that name, or a case. */
  private static boolean tells(String text, String rule) {
    return text.lines()
        .map(String::strip)
        .anyMatch(line ->
            line.equals("=== " + rule)
                || line.equals("- name: " + rule)
                || line.matches("(public )?(void|Stream<.*>) " + Pattern.quote(rule) + "\\(.*"));
  }

  @Test
  void no_case_stands_for_a_section_that_is_absent() {
    sections.forEach((name, remark) ->
        assertThat(told.contains(name) && remark.has("absent")).as(name).isFalse());
  }

  /** The page writes the file of cases in code style and their names, which follow, in italics. */
  @Test
  void cases_that_the_page_about_the_language_names_are_there() throws IOException {
    String page = Files.readString(Path.of("../docs/language.md")).replaceAll("\\s+", " ");
    Matcher named = Pattern.compile("`([a-z-]+)`: |(?<!\\*)\\*([^*]+)\\*(?!\\*)").matcher(page);
    Map<String, List<Case>> files = Case.files();
    List<String> missing = new ArrayList<>();
    String file = "";
    while (named.find()) {
      String name = named.group(2);
      if (name == null) {
        file = named.group(1) + ".yaml";
      } else if (files.getOrDefault(file, List.of()).stream()
          .noneMatch(one -> one.name().equals(name))) {
        missing.add(file + ": " + name);
      }
    }
    assertThat(missing).isEmpty();
    assertThat(page).as("cases").containsPattern("`[a-z-]+`: \\*");
  }

  @Test
  void names_of_cases_are_told_once() {
    assertThat(Case.all().map(Case::name)).doesNotHaveDuplicates();
  }
}
