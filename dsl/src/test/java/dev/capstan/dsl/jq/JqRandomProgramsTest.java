package dev.capstan.dsl.jq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random programs on random inputs: whatever they do, they end within their limits and with no
 * other exception.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JqRandomProgramsTest {
  private static final long SEED = 20_261_122;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JqLimits LIMITS =
      new JqLimits(20_000, 20_000, 100, Long.MAX_VALUE, () -> 0, null);
  private static final List<String> INPUTS =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "2.5",
          "\"abc\"",
          "\"\"",
          "[]",
          "{}",
          "[1,2,3]",
          "{\"a\":1,\"b\":[{\"a\":null}]}",
          "[[1,[2]],{\"a\":\"x\"}]",
          "\"2015-03-05T23:51:47Z\"",
          "[null,true,1,\"a\",[],{}]");
  private static final List<String> LEAVES =
      List.of(
          ".",
          ".a",
          ".[0]",
          ".[]",
          "..",
          "1",
          "-2",
          "0.5",
          "\"a\"",
          "\"x,y\"",
          "null",
          "true",
          "[]",
          "{}",
          "empty",
          "$x",
          ".[1:]",
          ".a?",
          "infinite",
          "nan",
          "error",
          "$__loc__",
          "input",
          "[1,2]",
          "{a:1}",
          "\"(a+)+$\"",
          "1e9",
          "99999999999999999999");
  private static final List<String> UNARY =
      List.of(
          "map(%s)",
          "select(%s)",
          "[%s]",
          "path(%s)",
          "del(%s)",
          "(%s)?",
          "first(%s)",
          "last(%s)",
          "-(%s)",
          "sort_by(%s)",
          "group_by(%s)",
          "any(%s)",
          "recurse(%s)",
          "walk(%s)",
          "{a: (%s)}",
          "{(%s): 1}",
          "\"<\\(%s)>\"",
          "@json \"\\(%s)\"",
          "try (%s) catch .",
          "range(%s)",
          "with_entries(%s)",
          "to_entries | %s",
          "(%s) | tostream",
          "getpath([%s])",
          "paths(%s)",
          "map_values(%s)",
          "def f: %s; f",
          "def f(g): g | g; f(%s)",
          "test(%s)",
          "[match(%s; \"g\")]",
          "split(%s)",
          "join(%s)",
          "ltrimstr(%s)",
          "strftime(%s)",
          "strptime(%s)",
          "(%s) | implode",
          "tojson | %s",
          "(%s) | @csv",
          "(%s) | @base64d",
          "indices(%s)",
          "contains(%s)",
          "has(%s)",
          "flatten(%s)",
          "(%s) | transpose",
          "(%s) | combinations",
          "pick(%s)",
          "add(%s)",
          "error(%s)",
          "isempty(%s)",
          "INDEX(%s)",
          "fromstream(%s)",
          "(%s) | fromjson",
          "(%s) | tonumber",
          "splits(%s)",
          "ascii_downcase | %s",
          "(%s) | gmtime");
  private static final List<String> BINARY =
      List.of(
          "%s | %s",
          "%s, %s",
          "(%s) + (%s)",
          "(%s) - (%s)",
          "(%s) * (%s)",
          "(%s) / (%s)",
          "(%s) %% (%s)",
          "(%s) == (%s)",
          "(%s) < (%s)",
          "(%s) and (%s)",
          "(%s) // (%s)",
          "(%s) = (%s)",
          "(%s) |= (%s)",
          "(%s) += (%s)",
          "(%s) as $x | %s",
          "(%s) as [$x] ?// $x | %s",
          "reduce (%s) as $x (0; %s)",
          "foreach (%s) as $x (.; %s)",
          "if %s then %s end",
          "limit(%s; %s)",
          "until(%s; %s)",
          "while(%s; %s)",
          "label $l | (%s), break $l, (%s)",
          "range(%s; %s)",
          "setpath([%s]; %s)",
          "gsub(%s; %s)",
          "pow(%s; %s)",
          "recurse(%s; %s)",
          "try (%s) catch (%s)",
          "[.[(%s):(%s)]]",
          "(%s)[%s]",
          "def f($x; g): %s; f(1; %s)",
          "nth(%s; %s)",
          "def f: %s | f; f, (%s)");

  @Test
  void randomProgramsEndWithinTheirLimits() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    int compiled = 0;
    int finished = 0;
    for (int i = 0; i < 4_000; i++) {
      String program = "5 as $x | " + expression(random, 1 + random.nextInt(4));
      JsonNode input = JSON.readTree(INPUTS.get(random.nextInt(INPUTS.size())));
      JqProgram code = compile(program);
      if (code != null) {
        compiled++;
        finished += run(code, input) ? 1 : 0;
      }
    }
    assertThat(compiled).isGreaterThan(3_000);
    assertThat(finished).isGreaterThan(800);
  }

  @Test
  void randomTextsCompileOrFailWithASyntaxError() {
    SplittableRandom random = new SplittableRandom(SEED);
    String alphabet = ".[]{}()|,:;\"\\$@#?/=!<>+-*% \n0123456789abcdefor";
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(30);
      for (int j = 0; j < length; j++) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThatCode(() -> compile(text.toString())).as(text.toString()).doesNotThrowAnyException();
    }
  }

  private static String expression(SplittableRandom random, int depth) {
    if (depth == 0) {
      return LEAVES.get(random.nextInt(LEAVES.size()));
    }
    if (random.nextBoolean()) {
      return UNARY.get(random.nextInt(UNARY.size())).formatted(expression(random, depth - 1));
    }
    String left = expression(random, depth - 1);
    return BINARY.get(random.nextInt(BINARY.size())).formatted(left, expression(random, depth - 1));
  }

  private static @Nullable JqProgram compile(String program) {
    try {
      return Jq.compile(program);
    } catch (JqSyntaxException e) {
      assertThat(e).hasMessageContaining("at ");
      assertThat(e.offset()).isBetween(0, program.length());
      return null;
    }
  }

  private static boolean run(JqProgram program, JsonNode input) {
    JsonNode copy = input.deepCopy();
    boolean finished = false;
    try {
      program.evaluate(input, JqVariables.NONE, LIMITS);
      finished = true;
    } catch (JqException e) {
      assertThat(e.getMessage()).as(program.text()).isNotNull();
    } catch (RuntimeException | Error e) {
      throw new AssertionError(program.text() + " <- " + copy, e);
    }
    assertThat(input).as(program.text()).isEqualTo(copy);
    return finished;
  }
}
