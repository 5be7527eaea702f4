package dev.capstan.verify.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.capstan.dsl.DefinitionLoader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long hostile definitions take to their diagnostic, and expressions that do not end to their
 * error: seconds by the clock and of processor time, median and most of a few rounds after one to
 * warm up. A report that is run by hand, since a machine that is busy takes longer; {@code
 * target/hostile-times.md} has it too.
 */
class HostileTimes {
  private static final Path EXAMPLES = Path.of("../dsl/src/test/resources/conformance/examples");
  private static final int ROUNDS = Integer.getInteger("hostile.rounds", 5);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;

  /** What one hostile thing takes, in nanoseconds, sorted. */
  private record Times(String name, List<Long> clock, List<Long> processor) {
    private static Times of(String name, int rounds, LongSupplier processorTime, Runnable work) {
      long[] clock = new long[rounds];
      long[] processor = new long[rounds];
      for (int i = rounds == 1 ? 0 : -1; i < rounds; i++) {
        long busy = processorTime.getAsLong();
        long begun = System.nanoTime();
        work.run();
        if (i >= 0) {
          clock[i] = System.nanoTime() - begun;
          processor[i] = processorTime.getAsLong() - busy;
        }
      }
      return new Times(name, sorted(clock), sorted(processor));
    }

    private static List<Long> sorted(long[] nanos) {
      return Arrays.stream(nanos).sorted().boxed().toList();
    }

    private long most() {
      return processor.getLast();
    }

    private String row() {
      return "| %s | %.3f | %.3f | %.3f | %.3f |%n"
          .formatted(
              name.replace("|", "\\|"),
              clock.get(clock.size() / 2) / 1e9,
              clock.getLast() / 1e9,
              processor.get(processor.size() / 2) / 1e9,
              most() / 1e9);
    }
  }

  @Test
  void definitionsToTheirDiagnostic() throws IOException {
    List<Times> times = new ArrayList<>();
    HostileDefinitions.texts().forEach(each -> times.add(loading(each.name(), each.text())));
    List<String> misspelled = misspelled();
    String slowest = misspelled.getFirst();
    long most = 0;
    for (String text : misspelled) {
      long took = loading("once", text, 1).most();
      if (took > most) {
        most = took;
        slowest = text;
      }
    }
    times.add(loading("the slowest of " + misspelled.size() + " properties misspelled", slowest));
    report("definition, to its diagnostic", times);
  }

  @Test
  void expressionsToTheirError() throws IOException {
    List<Times> times = new ArrayList<>();
    try (Engine engine = Engine.start(folder)) {
      for (String bomb : HostileDefinitions.BOMBS) {
        String definition = HostileDefinitions.evaluating(bomb);
        times.add(
            Times.of(
                "`" + bomb + "`",
                ROUNDS,
                HostileTimes::ofTheProcess,
                () -> engine.run(definition, JsonNodeFactory.instance.objectNode())));
      }
    }
    report("expression, from the start to the error of the execution", times);
  }

  private static void report(String what, List<Times> times) throws IOException {
    String table = ROUNDS + " rounds\n\n" + table(what, times) + "\n";
    Files.createDirectories(Path.of("target"));
    Files.writeString(
        Path.of("target/hostile-times.md"),
        table,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    System.out.println(table);
  }

  private static Times loading(String name, String text) {
    return loading(name, text, ROUNDS);
  }

  private static Times loading(String name, String text, int rounds) {
    DefinitionLoader loader = new DefinitionLoader();
    return Times.of(
        name, rounds, HostileTimes::ofThisThread, () -> loader.load(text, "hostile.yaml"));
  }

  private static String table(String what, List<Times> times) {
    StringBuilder table =
        new StringBuilder("| " + what + " | clock, median | most | processor, median | most |\n");
    table.append("|---|---|---|---|---|\n");
    times.stream()
        .sorted(Comparator.comparingLong(Times::most).reversed())
        .forEach(each -> table.append(each.row()));
    return table.toString();
  }

  private static long ofThisThread() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long ofTheProcess() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** The specification's examples with each of their properties misspelled, one at a time. */
  private static List<String> misspelled() throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.sorted().toList()) {
        JsonNode example = Engine.yaml(Files.readString(file));
        objects(example, new ArrayList<>()).forEach(object -> misspell(example, object, texts));
      }
    }
    return texts;
  }

  private static List<ObjectNode> objects(JsonNode value, List<ObjectNode> found) {
    if (value instanceof ObjectNode object) {
      found.add(object);
    }
    if (value instanceof ObjectNode || value instanceof ArrayNode) {
      value.forEach(inside -> objects(inside, found));
    }
    return found;
  }

  /** Changes a document for as long as it takes to write it down. */
  private static void misspell(JsonNode document, ObjectNode object, List<String> texts) {
    Map<String, JsonNode> members = new LinkedHashMap<>();
    object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    for (String key : members.keySet()) {
      object.removeAll();
      members.forEach((name, value) -> object.set(name.equals(key) ? name + "x" : name, value));
      texts.add(JSON.valueToTree(document).toPrettyString());
    }
    object.removeAll();
    members.forEach(object::set);
  }
}
