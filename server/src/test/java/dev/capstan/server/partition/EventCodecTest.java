package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.Recorded;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.FlowDirective;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Events on disk. The bytes in {@code src/test/resources} are frozen: what a released version has
 * written is read for ever. A new event gets new files with {@code -Dcapstan.frozen.write=true},
 * which never touches those that are there.
 */
class EventCodecTest {
  private static final Instant TIME = Instant.parse("2026-11-22T10:20:30.456Z");
  private static final Instant EXACT = Instant.parse("2027-01-01T00:00:00.123456789Z");
  private static final WorkflowError ERROR =
      new WorkflowError(
          "https://example.com/errors/late", 503, "Late", "too late: ü", "/do/0/work");
  private static final WorkflowError BARE =
      new WorkflowError("https://example.com/e", 400, null, null, null);

  private static final SchemaFetch FETCH =
      new SchemaFetch("/do/0/work/input/schema/resource/endpoint", "0123abcd");

  /** An event with everything in it and one with as little as can be. */
  record Sample(String name, Event event) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Sample> samples() {
    return Stream.of(executionSamples(), taskSamples(), flowSamples()).flatMap(List::stream);
  }

  private static List<Sample> executionSamples() {
    return List.of(
        new Sample(
            "ExecutionStarted-full",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("{\"a\":1,\"b\":[true,null,\"ü\"]}"),
                Yard.json("[1.5]"),
                new ParentReference("parent", 7, true),
                Map.of("team", "red"),
                EXACT,
                "tester")),
        new Sample(
            "ExecutionStarted-deep",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("null"),
                null,
                new ParentReference("parent", 7, false, 32),
                Map.of(),
                null,
                "tester")),
        new Sample(
            "ExecutionStarted-bare",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("null"),
                null,
                null,
                Map.of(),
                null,
                "")),
        new Sample(
            "ExecutionStarted-successor",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("null"),
                null,
                null,
                Map.of(),
                null,
                "",
                new Predecessor("before", 7, "first"),
                null)),
        new Sample(
            "ExecutionStarted-deadline",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("null"),
                null,
                null,
                Map.of(),
                TIME,
                "",
                null,
                EXACT)),
        new Sample(
            "ExecutionStarted-doubt",
            new Event.ExecutionStarted(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Yard.json("null"),
                null,
                null,
                Map.of(),
                null,
                "",
                null,
                null,
                ERROR)),
        new Sample("ExecutionSuspended-full", new Event.ExecutionSuspended("tester", "lunch")),
        new Sample("ExecutionSuspended-bare", new Event.ExecutionSuspended("tester", null)),
        new Sample("ExecutionResumed", new Event.ExecutionResumed("tester")),
        new Sample("ExecutionRetried", new Event.ExecutionRetried("tester")),
        new Sample(
            "ExecutionMigrated-full",
            new Event.ExecutionMigrated(
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                new WorkflowReference("shop", "order", "1.3.0", "4567ef00"),
                Map.of("/do/0/pay", "/do/1/pay", "/do/1/ship", "/do/3/ship"),
                "tester")),
        new Sample(
            "ExecutionMigrated-bare",
            new Event.ExecutionMigrated(
                new WorkflowReference("shop", "order", "1.3.0", "4567ef00"),
                new WorkflowReference("shop", "order", "1.2.3", "0123abcd"),
                Map.of(),
                "tester")),
        new Sample(
            "ExecutionCompleted-full", new Event.ExecutionCompleted(Yard.json("{\"sum\":12}"))),
        new Sample(
            "ExecutionCompleted-continued",
            new Event.ExecutionCompleted(Yard.json("null"), "successor")),
        new Sample("ExecutionCompleted-bare", new Event.ExecutionCompleted(null)),
        new Sample("ExecutionFaulted-full", new Event.ExecutionFaulted(ERROR)),
        new Sample("ExecutionFaulted-bare", new Event.ExecutionFaulted(BARE)),
        new Sample("ExecutionCancelled-full", new Event.ExecutionCancelled("tester", "")),
        new Sample("ExecutionCancelled-bare", new Event.ExecutionCancelled("tester", null)));
  }

  private static List<Sample> taskSamples() {
    return List.of(
        new Sample(
            "TaskCreated-full",
            new Event.TaskCreated(
                300, 2, "/do/1/loop/do/0/work", 4, Yard.json("{\"n\":4}"), EXACT)),
        new Sample(
            "TaskCreated-extended",
            new Event.TaskCreated(1, 0, "/do/0/work", 0, null, null, List.of(0, 1, 300))),
        new Sample(
            "TaskCreated-deadline",
            new Event.TaskCreated(1, 0, "/do/0/work", 0, null, TIME, List.of(), EXACT)),
        new Sample(
            "TaskCreated-doubt",
            new Event.TaskCreated(1, 0, "/do/0/work", 0, null, null, List.of(), null, ERROR)),
        new Sample(
            "TaskSettled",
            new Event.TaskSettled(
                1, Yard.json("{\"key\":\"c-7\",\"rate\":{\"key\":null},\"priority\":5}"))),
        new Sample("TaskCreated-bare", new Event.TaskCreated(1, 0, "/do/0/work", 0, null, null)),
        new Sample("TaskSkipped", new Event.TaskSkipped(3, "/do/2/maybe", 0)),
        new Sample("TaskSkipped-loop", new Event.TaskSkipped(3, "/do/2/maybe", 4)),
        new Sample("TaskStarted-full", new Event.TaskStarted(1, 2, "node-1", 1L << 40)),
        new Sample("TaskStarted-bare", new Event.TaskStarted(1, 1, null, 0)),
        new Sample("TaskStarted-fetch", new Event.TaskStarted(0, 1, "node-1", 7, FETCH)),
        new Sample(
            "TaskRetried-full", new Event.TaskRetried(1, 3, EXACT, ERROR, "the policy allows it")),
        new Sample("TaskRetried-bare", new Event.TaskRetried(1, 1, TIME, null, "")),
        new Sample(
            "TaskCompleted-full",
            new Event.TaskCompleted(
                1,
                Yard.json("\"done\""),
                Yard.json("{\"seen\":1}"),
                new FlowDirective.GoTo("other"))),
        new Sample(
            "TaskCompleted-exit", new Event.TaskCompleted(1, null, null, new FlowDirective.Exit())),
        new Sample("TaskCompleted-bare", new Event.TaskCompleted(1, null, null, null)),
        new Sample("TaskFaulted", new Event.TaskFaulted(1, ERROR)),
        new Sample("TaskCancelled", new Event.TaskCancelled(1, "a neighbour faulted")));
  }

  private static List<Sample> flowSamples() {
    CloudEvent event =
        new CloudEvent(
            Yard.json("{\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{\"n\":1}}"));
    return List.of(
        new Sample("LoopStarted", new Event.LoopStarted(2, Yard.json("[1,2,3]"))),
        new Sample("WaitStarted", new Event.WaitStarted(2, EXACT)),
        new Sample("ChildStarted", new Event.ChildStarted(2, "child")),
        new Sample(
            "FunctionFetched-full", new Event.FunctionFetched(2, Yard.json("{\"set\":{\"x\":1}}"))),
        new Sample("FunctionFetched-bare", new Event.FunctionFetched(2, null)),
        new Sample(
            "SchemaFetched-full",
            new Event.SchemaFetched(2, FETCH, Yard.json("{\"required\":[\"n\"]}"))),
        new Sample("SchemaFetched-bare", new Event.SchemaFetched(0, FETCH, null)),
        new Sample("FunctionCalled", new Event.FunctionCalled(2, Yard.json("{\"id\":7}"))),
        new Sample(
            "CloudEventConsumed-full",
            new Event.CloudEventConsumed(
                2, 1, true, event, new TreeMap<>(Map.of("order", Yard.json("17"))))),
        new Sample(
            "CloudEventConsumed-bare", new Event.CloudEventConsumed(2, -1, false, event, Map.of())),
        new Sample(
            "MessageConsumed",
            new Event.MessageConsumed(2, 3, Yard.json("{\"payload\":{\"n\":1},\"headers\":{}}"))),
        new Sample(
            "MessageHandled-full",
            new Event.MessageHandled(2, Yard.json("{\"n\":2}"), Yard.json("{\"count\":1}"))),
        new Sample("MessageHandled-bare", new Event.MessageHandled(2, Yard.json("null"), null)),
        new Sample(
            "CloudEventConsumed-by",
            new Event.CloudEventConsumed(2, 0, false, event, Map.of(), "ada")),
        new Sample(
            "HumanTaskOpened-full",
            new Event.HumanTaskOpened(
                2, new HumanTask("Pay?", "Now.", "ada", List.of("ada", "finance"), EXACT, -7))),
        new Sample(
            "HumanTaskOpened-bare",
            new Event.HumanTaskOpened(2, new HumanTask("Pay?", null, null, List.of(), null, 0))),
        new Sample("HumanTaskAssigned-full", new Event.HumanTaskAssigned(2, "eve", "ada")),
        new Sample("HumanTaskAssigned-bare", new Event.HumanTaskAssigned(2, null, "ada")),
        new Sample("CompensationStarted-try", new Event.CompensationStarted(2, ERROR)),
        new Sample("CompensationStarted-root", new Event.CompensationStarted(0, BARE)),
        new Sample("ErrorCaught", new Event.ErrorCaught(2, BARE)),
        new Sample(
            "CloudEventHandled-full",
            new Event.CloudEventHandled(2, Yard.json("{\"n\":2}"), Yard.json("{\"count\":1}"))),
        new Sample(
            "CloudEventHandled-bare", new Event.CloudEventHandled(2, Yard.json("null"), null)));
  }

  private static Event.Recorded recorded(Event event) {
    return new Event.Recorded(12, TIME, List.of(event));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theBytesOfAnEventAreFrozen(Sample sample) throws IOException {
    byte[] bytes = EventCodec.encode(recorded(sample.event()));
    if (Boolean.getBoolean("capstan.frozen.write")) {
      freeze(sample.name(), bytes);
    }

    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(frozen(sample.name()));
    assertThat(EventReader.read(HexFormat.of().parseHex(frozen(sample.name()))))
        .isEqualTo(recorded(sample.event()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theBytesAreWhatTheGeneratedClassesWrite(Sample sample)
      throws InvalidProtocolBufferException {
    byte[] bytes = EventCodec.encode(recorded(sample.event()));

    assertThat(Recorded.parseFrom(bytes).toByteArray()).isEqualTo(bytes);
    assertThat(Recorded.parseFrom(bytes).getUnknownFields().asMap()).isEmpty();
  }

  @Test
  void everyEventHasASample() {
    TreeSet<String> sampled = new TreeSet<>();
    samples().forEach(sample -> sampled.add(sample.event().getClass().getSimpleName()));
    TreeSet<String> all = new TreeSet<>();
    for (Class<?> kind : Event.class.getPermittedSubclasses()) {
      for (Class<?> event : kind.getPermittedSubclasses()) {
        all.add(event.getSimpleName());
      }
    }

    assertThat(sampled).isEqualTo(all);
  }

  @Test
  void manyEventsAreOneRow() {
    List<Event> events = samples().map(Sample::event).toList();
    Event.Recorded all = new Event.Recorded(0, TIME, events);

    assertThat(EventReader.read(EventCodec.encode(all))).isEqualTo(all);
  }

  @Test
  void aMessageLongerThanItsReservedLengthIsMovedWhole() {
    for (int length : new int[] {0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000}) {
      Event.Recorded large = recorded(new Event.TaskCancelled(1, "x".repeat(length)));

      assertThat(EventReader.read(EventCodec.encode(large))).isEqualTo(large);
    }
  }

  @Test
  void aDamagedRowIsNoHistory() {
    assertThatThrownBy(() -> EventReader.read(new byte[] {26, 5, 1}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged");
    assertThatThrownBy(() -> EventReader.read(new byte[] {26, 0}))
        .isInstanceOf(IllegalStateException.class);
  }

  private static String frozen(String name) throws IOException {
    try (InputStream in = EventCodecTest.class.getResourceAsStream("events/" + name + ".hex")) {
      assertThat(in).as("frozen bytes of " + name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }
  }

  private static void freeze(String name, byte[] bytes) throws IOException {
    Path file = Path.of("src/test/resources/dev/capstan/server/partition/events", name + ".hex");
    Files.createDirectories(file.getParent());
    if (!Files.exists(file)) {
      Files.writeString(
          file, HexFormat.of().formatHex(bytes).replaceAll("(.{100})", "$1\n") + "\n");
    }
  }
}
