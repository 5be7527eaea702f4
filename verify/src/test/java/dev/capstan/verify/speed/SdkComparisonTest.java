package dev.capstan.verify.speed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.jq.JqVariables;
import io.serverlessworkflow.api.WorkflowFormat;
import io.serverlessworkflow.api.WorkflowReader;
import io.serverlessworkflow.api.WorkflowReaderOperations;
import io.serverlessworkflow.impl.WorkflowModel;
import io.serverlessworkflow.impl.expressions.ObjectExpression;
import io.serverlessworkflow.impl.expressions.jq.JQExpressionFactory;
import io.serverlessworkflow.impl.jackson.JsonUtils;
import io.serverlessworkflow.impl.model.jackson.JacksonModelFactory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Definitions loaded and expressions evaluated in a second of one thread's processor time, by
 * Capstan and by the specification's Java SDK, which take turns in one JVM. So what else the
 * machine does changes the ratios little. Asserts that both come to the same values; the numbers go
 * to {@code target/sdk-comparison.md}.
 */
@Tag("alone")
class SdkComparisonTest {
  private static final Path EXAMPLES = Path.of("../dsl/src/test/resources/conformance/examples");
  private static final int WINDOWS = 7;
  private static final long WINDOW_NANOS = Long.getLong("sdk.windowMillis", 1_500) * 1_000_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DOCUMENT =
      """
      {"user": {"id": 7, "name": "Ada"},
       "order": {"status": "open", "lines": [
         {"sku": "a", "price": 5, "count": 2}, {"sku": "b", "price": 7, "count": 1}, {"sku": "c", "price": 11, "count": 3},
         {"sku": "d", "price": 5, "count": 2}, {"sku": "e", "price": 7, "count": 1}, {"sku": "f", "price": 11, "count": 3},
         {"sku": "g", "price": 5, "count": 2}, {"sku": "h", "price": 7, "count": 1}, {"sku": "i", "price": 11, "count": 3},
         {"sku": "j", "price": 5, "count": 2}, {"sku": "k", "price": 7, "count": 1}, {"sku": "l", "price": 11, "count": 3}]}}
      """;

  private static final List<String> EXPRESSIONS =
      List.of(
          ".order.status",
          ".order.status == \"open\"",
          "{id: .user.id, lines: (.order.lines | length)}",
          "\"order of \\(.user.name)\"",
          "[.order.lines[] | select(.price > 6) | {sku, total: (.price * .count)}]",
          "reduce .order.lines[] as $l (0; . + $l.price * $l.count)");

  private final StringBuilder table =
      new StringBuilder(
          "| what | Capstan, a second | Java SDK, a second | ratio of the medians |\n|---|---|---|---|\n");

  @Test
  void measure() throws Exception {
    definitions();
    JsonNode document = JSON.readTree(DOCUMENT);
    for (String text : EXPRESSIONS) {
      expression(text, document);
    }
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target/sdk-comparison.md"), table);
    System.out.println(table);
  }

  private void expression(String text, JsonNode document) throws Exception {
    Expression ours = Expression.compile(text);
    Scope scope = new Scope(JqVariables.NONE, JqLimits.timed(System::nanoTime));
    ObjectExpression theirs = new JQExpressionFactory().buildExpression(text);
    WorkflowModel model = new JacksonModelFactory().fromAny(document);
    assertThat(JSON.readTree(ours.evaluate(document, scope).toString()))
        .isEqualTo(JSON.readTree(JsonUtils.fromValue(evaluate(theirs, model)).toString()));
    row("`" + text + "`", () -> ours.evaluate(document, scope), () -> evaluate(theirs, model), 1);
  }

  /** Without a workflow and a task, so without the work that their variables cost the SDK. */
  @SuppressWarnings("NullAway") // it takes null for both
  private static Object evaluate(ObjectExpression expression, WorkflowModel model) {
    return expression.eval(null, null, model);
  }

  private void definitions() throws Exception {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.sorted().toList()) {
        String text = Files.readString(file);
        if (isTaken(text, WorkflowReader.noValidation())
            && isTaken(text, WorkflowReader.validation())) {
          texts.add(text);
        }
      }
    }
    assertThat(texts).hasSizeGreaterThan(40);
    DefinitionLoader loader = new DefinitionLoader();
    Callable<Object> ours =
        () -> {
          for (String text : texts) {
            assertThat(loader.load(text, "x.yaml")).isInstanceOf(LoadResult.Loaded.class);
          }
          return texts;
        };
    String of = texts.size() + " examples of the specification, ";
    row(of + "checked by both", ours, all(texts, WorkflowReader.validation()), texts.size());
    row(
        of + "not checked by the SDK",
        ours,
        all(texts, WorkflowReader.noValidation()),
        texts.size());
  }

  private static boolean isTaken(String text, WorkflowReaderOperations reader) {
    try {
      reader.read(text, WorkflowFormat.YAML);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static Callable<Object> all(List<String> texts, WorkflowReaderOperations reader) {
    return () -> {
      for (String text : texts) {
        reader.read(text, WorkflowFormat.YAML);
      }
      return texts;
    };
  }

  private void row(String what, Callable<Object> ours, Callable<Object> theirs, int each)
      throws Exception {
    window(ours);
    window(theirs);
    window(ours);
    window(theirs);
    double[] us = new double[WINDOWS];
    double[] them = new double[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
      us[i] = window(ours) * each;
      them[i] = window(theirs) * each;
    }
    Arrays.sort(us);
    Arrays.sort(them);
    table.append(
        String.format(
            Locale.ROOT,
            "| %s | %s | %s | %.1f |%n",
            what.replace("|", "\\|"),
            spread(us),
            spread(them),
            us[WINDOWS / 2] / them[WINDOWS / 2]));
  }

  private static String spread(double[] sorted) {
    return String.format(
        Locale.ROOT, "%,.0f (%,.0f – %,.0f)", sorted[WINDOWS / 2], sorted[0], sorted[WINDOWS - 1]);
  }

  /** How often in a second of this thread's processor time; what that is, is asked seldom. */
  private static double window(Callable<Object> work) throws Exception {
    long start = THREADS.getCurrentThreadCpuTime();
    long now = start;
    long count = 0;
    long step = 1;
    while (now - start < WINDOW_NANOS) {
      long before = now;
      for (long i = 0; i < step; i++) {
        if (work.call() == null) {
          throw new IllegalStateException("nothing came of it");
        }
      }
      count += step;
      now = THREADS.getCurrentThreadCpuTime();
      if (now - before < WINDOW_NANOS / 100) {
        step *= 2;
      }
    }
    return count * 1e9 / (now - start);
  }
}
