package dev.capstan.dsl.diagnostic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Printed diagnostics")
class DiagnosticTextTest {

  @Test
  void show_the_line_with_a_mark_and_the_advice() {
    String text = "a: 1\ndo:\n  - x: {then: 'charge Card'} # here\n";
    assertThat(print(3, 15, "no such task", "tasks here: x\nfix: did you mean \"x\"?", text))
        .isEqualTo(
            """
            error CAP-1204: no such task
              ┌ orders.yaml:3:15
             3│   - x: {then: 'charge Card'} # here
              │               ^^^^^^^^^^^^^
              = tasks here: x
              = fix: did you mean "x"?
              = more: capstan explain CAP-1204
            """);
  }

  @Test
  void mark_a_plain_value_up_to_its_comment_and_a_key_up_to_its_colon() {
    assertThat(print(1, 7, "m", null, "then: charge card # here"))
        .contains("│       ^^^^^^^^^^^\n");
    assertThat(print(1, 1, "m", null, "then: charge card # here")).contains("│ ^^^^\n");
    assertThat(print(1, 5, "m", null, "{a: b, c: d}")).contains("│     ^\n");
  }

  @Test
  void count_characters_rather_than_code_units() {
    assertThat(print(1, 6, "m", null, "a: 😀 b")).contains("│      ^\n");
  }

  @Test
  void cut_long_lines_around_the_place() {
    String printed = print(1, 5_001, "m", null, "x".repeat(5_000) + "here" + "y".repeat(5_000));
    assertThat(printed.lines()).allMatch(line -> line.length() < 200);
    assertThat(printed).contains("xxxhereyyy");
  }

  @Test
  void do_not_let_a_text_steer_the_terminal() {
    assertThat(print(1, 1, "bad \u001b[31mname\u202e", null, "\u001b[2Ja: 1"))
        .doesNotContain("\u001b", "\u202e");
  }

  @Test
  void show_the_pointer_when_there_is_no_text() {
    Diagnostic diagnostic =
        new Diagnostic("CAP-1103", Severity.WARNING, "m", "/do/0/a", 0, 0, null);
    assertThat(DiagnosticText.render(List.of(diagnostic), "request", ""))
        .isEqualTo(
            """
            warning CAP-1103: m
              ┌ request /do/0/a
              = more: capstan explain CAP-1103
            """);
  }

  @Test
  void survive_places_beyond_the_text() {
    assertThat(print(9, 9, "m", null, "a")).contains("orders.yaml:9:9");
    assertThat(print(1, 99, "m", null, "a")).contains("^");
    assertThat(print(1, 1, "m", null, "")).contains("orders.yaml:1:1");
  }

  private static String print(
      int line, int column, String message, @Nullable String hint, String text) {
    Diagnostic diagnostic =
        new Diagnostic("CAP-1204", Severity.ERROR, message, "/x", line, column, hint);
    return DiagnosticText.render(List.of(diagnostic), "orders.yaml", text);
  }
}
