package dev.capstan.dsl.jq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract of the public types. */
class JqApiTest {
  private static final JqLimits LIMITS = JqLimits.ofSteps(10_000);
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void freeVariablesAreListedSortedWithoutThoseTheProgramBinds() throws JqSyntaxException {
    JqProgram program =
        Jq.compile(
            ". as $a | def f($b): $b; $task.name + $context + $a + f(1) + $context + $ENV.x");
    assertThat(program.variables()).containsExactly("context", "task");
  }

  @Test
  void variablesAreAskedOnlyWhenUsedAndOnlyOnce() throws JqSyntaxException {
    List<String> asked = new ArrayList<>();
    JqProgram program = Jq.compile("if $used + $used > 0 then 1 else $unused end");
    List<JsonNode> outputs =
        program.evaluate(
            NullNode.getInstance(),
            name -> {
              asked.add(name);
              return IntNode.valueOf(2);
            },
            LIMITS);
    assertThat(outputs).containsExactly(IntNode.valueOf(1));
    assertThat(asked).containsExactly("used");
  }

  @Test
  void anUnknownVariableIsAnError() throws JqSyntaxException {
    JqProgram program = Jq.compile("$missing");
    JqException e =
        catchThrowableOfType(
            JqException.class,
            () -> program.evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS));
    assertThat(e).hasMessage("$missing is not defined");
    assertThat(e.kind()).isEqualTo(JqException.Kind.ERROR);
  }

  @Test
  void nowIsHandedInAndTheSameForAWholeEvaluation() throws Exception {
    JqLimits limits = LIMITS.withNow(Instant.ofEpochSecond(1_425_599_621, 500_000_000));
    assertThat(
            Jq.compile("[now, (now | todate)]")
                .evaluate(NullNode.getInstance(), JqVariables.NONE, limits))
        .containsExactly(JSON.readTree("[1425599621.5,\"2015-03-05T23:53:41Z\"]"));
  }

  @Test
  void errorsCarryTheirValue() throws Exception {
    JqProgram program = Jq.compile("error({code: 7})");
    JqException e =
        catchThrowableOfType(
            JqException.class,
            () -> program.evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS));
    assertThat(e.value()).isEqualTo(JSON.readTree("{\"code\":7}"));
    assertThat(e).hasMessage("{\"code\":7} (not a string)");
  }

  @Test
  void aSyntaxErrorKnowsWhereItIs() {
    JqSyntaxException e =
        catchThrowableOfType(JqSyntaxException.class, () -> Jq.compile(".a\n | {b: }"));
    assertThat(e).hasMessage("found '}', expected an expression at line 2, column 8");
    assertThat(e.offset()).isEqualTo(10);
  }

  @Test
  void anUnknownFunctionIsAnsweredWithTheNearestOne() {
    assertThatThrownBy(() -> Jq.compile("lenght"))
        .hasMessage("lenght/0 is not defined, did you mean length/0? at line 1, column 1");
  }

  @Test
  void numbersThatPassThroughStayExactlyWhatTheyWere() throws Exception {
    JsonNode input = JSON.readTree("[9223372036854775807, 123456789012345678901234567890, 1.0]");
    assertThat(Jq.compile("map(.)").evaluate(input, JqVariables.NONE, LIMITS))
        .containsExactly(input);
  }

  @Test
  void integralResultsAreIntegers() throws JqSyntaxException {
    JqProgram program = Jq.compile("1 + 1, 2.5 * 2, 4000000000 + 1, pow(2; 53)");
    assertThat(program.evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS))
        .containsExactly(
            IntNode.valueOf(2),
            IntNode.valueOf(5),
            LongNode.valueOf(4_000_000_001L),
            LongNode.valueOf(1L << 53));
  }

  @Test
  void noOutputContainsANumberThatJsonCanNotExpress() throws Exception {
    JqProgram program = Jq.compile("[nan, {a: infinite}, -infinite], nan");
    assertThat(program.evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS))
        .containsExactly(
            JSON.readTree("[null,{\"a\":1.7976931348623157e308},-1.7976931348623157e308]"),
            NullNode.getInstance());
  }

  @Test
  void limitsCanNotBeCaughtByTheProgram() throws JqSyntaxException {
    JqProgram program =
        Jq.compile(
            "try last(range(1e9)) catch 1, ([range(1e9)]?), (first(range(1e9) | empty) // 2)");
    JqException e =
        catchThrowableOfType(
            JqException.class,
            () -> program.evaluate(NullNode.getInstance(), JqVariables.NONE, LIMITS));
    assertThat(e.kind()).isEqualTo(JqException.Kind.LIMIT_STEPS);
    assertThat(e.value()).isNull();
  }

  @Test
  void limitsMustBePositive() {
    assertThatThrownBy(() -> JqLimits.ofSteps(0)).hasMessage("steps must be positive, not 0");
    assertThatThrownBy(() -> new JqLimits(1, 1, 1_000_000, 1, () -> 0, null))
        .hasMessageContaining("at most 10000");
  }
}
