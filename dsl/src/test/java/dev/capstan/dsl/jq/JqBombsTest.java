package dev.capstan.dsl.jq;

import static dev.capstan.dsl.jq.JqException.Kind.LIMIT_DEPTH;
import static dev.capstan.dsl.jq.JqException.Kind.LIMIT_MEMORY;
import static dev.capstan.dsl.jq.JqException.Kind.LIMIT_STEPS;
import static dev.capstan.dsl.jq.JqException.Kind.LIMIT_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Expressions made to hang a thread or fill its memory: each must end, with the limit that names
 * the reason.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JqBombsTest {
  private static final JqLimits LIMITS = JqLimits.ofSteps(1_000_000);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "last(range(infinite))",
        "last(repeat(1))",
        "reduce repeat(1) as $x (0; . + $x)",
        "first(range(infinite) | select(. < 0))",
        "0 | until(false; . + 1)",
        "last(0 | while(true; . + 1))",
        "last(0 | recurse(. + 1))",
        "isempty(repeat(1) | select(. == 2))",
        "any(repeat(0); . == 1)",
        "all(range(infinite); true)",
        "try last(range(infinite)) catch 1",
        "[range(100000)] | last(.[] as $x | .[] as $y | $x + $y)",
        "def f: def g: 1; reduce range(1e9) as $i (0; g); f",
        "label $x | range(infinite) | select(false)",
        "foreach range(infinite) as $i (0; empty)",
        "limit(1; range(infinite) | select(. == -1))",
        "[range(20000)] | . - map(. + 0.5) | . - .",
        "(\"x\" * 5000) | test(\"(x+x+)+y\")",
        "(\"ab\" * 50) | [match(\"(.*)(.*)(.*)(.*)(.*)z\")]",
        "[limit(1e9; range(1e9) | empty)]",
        "range(1e9) as $x | empty",
        "def f: if . > 0 then (. - 1 | f) + (. - 1 | f) else 1 end; 40 | f",
      })
  void endlessWorkRunsOutOfSteps(String program) throws JqSyntaxException {
    assertThat(kindOf(program)).isEqualTo(LIMIT_STEPS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\" * 1e9",
        "(\"x\" * 1e6) * 1e6",
        "[range(1e9)]",
        "[limit(1e9; repeat(1))]",
        "reduce range(1e6) as $i (\"x\"; . + .)",
        "reduce range(100) as $i ([1]; . + .)",
        "reduce range(1e6) as $i ({}; .[\"k\\($i)\"] = 1)",
        "[.[100000000]] | .[0][100000000] = 1",
        ".[500000000] = 1",
        "[range(100000)] | map(tojson * 100) | join(\",\")",
        "(\"x\" * 2000000) | explode | implode",
        "(\"x\" * 1000000) | [., ., ., .] | tojson",
        "(\"x\" * 3000000) | @base64",
        "[range(2000)] | combinations(3)",
        "(\"ab\" * 1000000) | split(\"b\") | map(. * 100)",
        "repeat(1)",
        "[range(300000) | tostring] | add * 100",
        "(\"a\" * 1000000) | gsub(\"a\"; \"bbbbbbbbbb\")",
        "(\"a\" * 1000000) | [match(\"a\"; \"g\")]",
        "\"\\(\"x\" * 2000000)\\(\"y\" * 2000000)\"",
        "[range(1000000)] | map_values(., .) | .[1000:] | map([., ., .])",
      })
  void endlessDataRunsOutOfMemoryBudget(String program) throws JqSyntaxException {
    JqLimits patient = new JqLimits(50_000_000, 500_000, 512, Long.MAX_VALUE, () -> 0, null);
    JqException e = failure(program, NullNode.getInstance(), patient);
    assertThat(e.kind()).isEqualTo(LIMIT_MEMORY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "def f: f; f",
        "def f: 1 + f; f",
        "def f(g): f(g | g); f(.)",
        "def f: [f]; f",
        "def a: def b: a; b; a",
        "0 | recurse(. + 1, . + 2)",
        "reduce range(100000) as $i (0; [.])",
        "reduce range(100000) as $i (0; {a: .}) | tojson",
        "[limit(2; 0 | recurse([.]))] | last(limit(2000; .[0] | recurse([.])))",
        "reduce range(2000) as $i (0; [.]) | walk(.)",
        "reduce range(2000) as $i (0; [.]) | . == (. | map(.))",
        "reduce range(2000) as $i (0; [.]) | flatten",
        "(\"[\" * 5000) | fromjson",
        "setpath([range(5000) | \"a\"]; 1)",
        "reduce range(3000) as $i ({}; {a: .}) | . * .",
        "reduce range(3000) as $i ([]; [.]) | contains(.)",
        "def f: . as [$x] | [[.]] | f; [1] | f",
        "def f: try f catch .; f",
      })
  void endlessNestingRunsOutOfDepth(String program) throws JqSyntaxException {
    assertThat(kindOf(program)).isEqualTo(LIMIT_DEPTH);
  }

  @Test
  void deepRecursionFitsTheStackOfAnOrdinaryThread() throws JqSyntaxException {
    String sum = "def sum: if . == 0 then 0 else . + (. - 1 | sum) end; 500 | sum";
    JsonNode result =
        Jq.compile(sum).evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS).getFirst();
    assertThat(result.intValue()).isEqualTo(125_250);
  }

  @Test
  void longLoopsNeedNoDepth() throws JqSyntaxException {
    String loop = "[0 | recurse(if . < 50000 then . + 1 else empty end)] | length";
    JsonNode result =
        Jq.compile(loop).evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS).getFirst();
    assertThat(result.intValue()).isEqualTo(50_001);
  }

  @Test
  void anEvaluationThatTakesTooLongIsEndedByTheClock() throws JqSyntaxException {
    AtomicLong clock = new AtomicLong();
    JqLimits limits =
        new JqLimits(Long.MAX_VALUE, 1_000, 100, 5_000_000, () -> clock.addAndGet(1_000_000), null);
    assertThat(failure("last(range(infinite))", NullNode.getInstance(), limits).kind())
        .isEqualTo(LIMIT_TIME);
  }

  @Test
  void aShortEvaluationNeverLooksAtTheClock() throws JqSyntaxException {
    JqLimits limits =
        JqLimits.timed(() -> {
          throw new AssertionError("the clock was read");
        });
    assertThat(
            Jq.compile(".a")
                .evaluate(JsonNodeFactory.instance.objectNode(), JqVariables.NONE, limits))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "[",
        "{a:",
        "-",
        "if . then ",
        "try ",
        "1 as $x | ",
        "\"\\(",
        "def f: ",
        "1 + (",
        ".[",
        "reduce . as $x (0; "
      })
  void aProgramThatIsNestedTooDeepDoesNotCompile(String opening) {
    assertThatThrownBy(() -> Jq.compile(opening.repeat(2_000)))
        .isInstanceOf(JqSyntaxException.class)
        .hasMessageContaining("nested deeper than");
  }

  @ParameterizedTest
  @ValueSource(strings = {" | .", " + 1", ".a", "[0]", "?", " // 1", " and 1", "[]"})
  void aProgramThatIsALongChainDoesNotCompile(String link) {
    assertThatThrownBy(() -> Jq.compile(".x" + link.repeat(5_000)))
        .isInstanceOf(JqSyntaxException.class)
        .hasMessageContaining("nested deeper than");
  }

  @Test
  void aProgramThatIsTooLongDoesNotCompile() {
    assertThatThrownBy(() -> Jq.compile(" ".repeat(100_000)))
        .isInstanceOf(JqSyntaxException.class)
        .hasMessageContaining("100000 characters");
  }

  @Test
  void manyNestedRecursiveFunctionsCompileInTime() throws JqSyntaxException {
    StringBuilder program = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      program.append("def f").append(i).append(": f").append(i).append(", (");
    }
    program.append("1").append("); 1".repeat(60));
    assertThat(Jq.compile(program.toString()).variables()).isEmpty();
  }

  @Test
  void aLongListOfValuesIsNoNesting() throws JqSyntaxException {
    String list = "[" + "1,".repeat(5_000) + "1]|length";
    JsonNode length =
        Jq.compile(list).evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS).getFirst();
    assertThat(length.intValue()).isEqualTo(5_001);
  }

  @Test
  void hugeRepetitionsOfARegexAreRefused() throws JqSyntaxException {
    JqException e = failure("test(\"(?:(?:){100000}){100000}\")", TextNode.valueOf("a"), LIMITS);
    assertThat(e).hasMessageContaining("repeated more than");
  }

  private static JqException.Kind kindOf(String program) throws JqSyntaxException {
    return failure(program, NullNode.getInstance(), LIMITS).kind();
  }

  private static JqException failure(String program, JsonNode input, JqLimits limits)
      throws JqSyntaxException {
    JqProgram compiled = Jq.compile(program);
    JqException e =
        catchThrowableOfType(
            JqException.class, () -> compiled.evaluate(input, JqVariables.NONE, limits));
    assertThat(e).as(program).isNotNull();
    return e;
  }
}
