package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.client.AuditEntry;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionFilter;
import dev.capstan.client.HumanTask;
import dev.capstan.client.HumanTaskFilter;
import dev.capstan.client.Interactions;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import dev.capstan.client.Partition;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.KeySpace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster whose state is in several partitions, each led by itself, is one for whoever uses it.
 */
@Tag("alone")
class SeveralPartitionsTest {
  private static final int PARTITIONS = 3;
  private static final KeySpace KEYS = new KeySpace(PARTITIONS);
  private static final List<String> ALL = List.of("c1", "c2", "c3");
  private static final String QUICK =
      """
      document: {dsl: '1.0.3', namespace: test, name: quick, version: 1.0.0}
      do:
        - work: {run: {shell: {command: 'echo hi'}}}
      """;

  @TempDir Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private Trio trio;

  @BeforeEach
  void start() {
    trio = new Trio(directory, PARTITIONS);
    open.add(trio);
    trio.work("w1", 4);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private CapstanClient client(String coordinator) {
    CapstanClient client =
        CapstanClient.builder().server(trio.door(coordinator).toString()).build();
    open.add(client);
    return client;
  }

  private static <T> T get(CompletableFuture<T> answer) {
    return CapstanClient.await(answer);
  }

  /** A coordinator that is out of breath is asked again. */
  private static ConditionFactory await() {
    return Awaitility.await()
        .atMost(Trio.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreException(CapstanException.Unavailable.class);
  }

  private static void await(Callable<Boolean> holds) {
    await().until(holds);
  }

  private void awaitLeaders() {
    List<CapstanClient> clients = ALL.stream().map(this::client).toList();
    await(() ->
        clients.stream()
            .allMatch(client ->
                get(client.partitions()).stream().allMatch(each -> each.leader() != null)));
  }

  /** An id that a partition owns, and nobody had before. */
  private static String id(String prefix, int partition) {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> prefix + "-" + i)
        .filter(id -> KEYS.ownerOf(id) == partition)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void leadershipsAreSpreadOverTheCoordinators() {
    CapstanClient client = client("c1");
    await(() -> {
      Set<String> leaders = new HashSet<>();
      for (Partition each : get(client.partitions())) {
        leaders.add(String.valueOf(each.leader()));
      }
      return leaders.equals(Set.copyOf(ALL));
    });
    await(this::isSpread);
  }

  /** Each leads one. */
  private boolean isSpread() {
    return ALL.stream()
        .allMatch(name ->
            IntStream.range(0, PARTITIONS)
                    .filter(partition -> trio.coordinator(name).leads(partition))
                    .count()
                == 1);
  }

  /** The last entry of a log is no change then, but says that another one leads. */
  @Test
  void everyDoorListsWhatThereIsAlsoWhereNothingWasWrittenSinceALeaderChanged() {
    StartRequest request = StartRequest.ofDefinition(QUICK).withId(id("before", 1));
    assertThat(get(client("c1").start(request, Duration.ofSeconds(60))).status())
        .isEqualTo("completed");
    await(this::isSpread);

    for (String name : ALL) {
      CapstanClient client = client(name);
      await()
          .untilAsserted(() ->
              assertThat(get(client.executions(ExecutionFilter.ALL, PageRequest.first(5))).items())
                  .extracting(Execution::id)
                  .containsExactly(id("before", 1)));
    }
  }

  @Test
  void executionsOfAllPartitionsRunOnTheSameSlotsAndAreListedAsOne() {
    awaitLeaders();
    get(client("c2").deploy(QUICK, "quick.yaml"));
    Set<String> started = new TreeSet<>();
    Set<Integer> owners = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      CapstanClient door = client(ALL.get(i % 3));
      StartRequest request = StartRequest.of(new WorkflowName("test", "quick", null));
      Execution execution = get(door.start(request, Duration.ofSeconds(60)));
      assertThat(execution.status()).isEqualTo("completed");
      started.add(execution.id());
      owners.add(KEYS.ownerOf(execution.id()));
      assertThat(trio.worker("w1").status().running()).isLessThanOrEqualTo(4);
    }
    assertThat(owners).as("partitions that own some of them").hasSizeGreaterThan(1);

    for (String name : ALL) {
      List<Execution> listed = new ArrayList<>();
      PageRequest page = PageRequest.first(7);
      while (page != null) {
        Page<Execution> part = get(client(name).executions(ExecutionFilter.ALL, page));
        listed.addAll(part.items());
        page = part.next() == null ? null : page.after(part);
      }
      assertThat(listed).extracting(Execution::id).doesNotHaveDuplicates();
      assertThat(new TreeSet<>(listed.stream().map(Execution::id).toList())).isEqualTo(started);
      assertThat(listed)
          .extracting(Execution::startedAt)
          .isSortedAccordingTo(Comparator.reverseOrder());
    }
    List<AuditEntry> audit = get(client("c3").audit(PageRequest.first(100))).items();
    assertThat(audit).filteredOn(each -> each.operation().equals("execution.start")).hasSize(30);
  }

  @Test
  void anIdOrAKeyNamesOneExecutionAtEveryDoor() {
    awaitLeaders();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String id = id("once", partition);
      Set<Execution> byId = new HashSet<>();
      Set<String> byKey = new HashSet<>();
      for (String name : ALL) {
        StartRequest request = StartRequest.ofDefinition(QUICK);
        byId.add(get(client(name).start(request.withId(id), Duration.ofSeconds(60))));
        byKey.add(get(client(name).start(request.withIdempotencyKey("key-" + id))).id());
      }
      assertThat(byId)
          .extracting(Execution::startedAt)
          .containsOnly(byId.iterator().next().startedAt());
      assertThat(byKey).hasSize(1);
    }
  }

  @Test
  void cloudEventsReachTasksThatListenInAnyPartition() throws Exception {
    awaitLeaders();
    String listening =
        """
        document: {dsl: '1.0.3', namespace: test, name: listening, version: 1.0.0}
        do:
          - hear: {listen: {to: {one: {with: {type: com.example.rung}}}}}
        """;
    List<String> ids = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String id = id("ear", partition);
      ids.add(id);
      get(client("c1").start(StartRequest.ofDefinition(listening).withId(id)));
    }
    CapstanClient client = client("c3");
    for (String id : ids) {
      await(() -> get(client.execution(id)).status().equals("waiting"));
    }
    JsonNode event =
        new ObjectMapper()
            .readTree(
                """
                {"specversion": "1.0", "id": "ring-1", "source": "/door", "type": "com.example.rung", "data": {}}
                """);

    assertThat(get(client.publish(List.of(event))).executions()).isEqualTo(PARTITIONS);

    for (String id : ids) {
      assertThat(get(client.end(id)).status()).isEqualTo("completed");
    }
  }

  @Test
  void humanTasksOfAllPartitionsAreOneListAndAreDecidedAtAnyDoor() throws Exception {
    awaitLeaders();
    String asking =
        """
        document: {dsl: '1.0.3', namespace: test, name: asking, version: 1.0.0}
        do:
          - ask:
              listen: {to: {one: {with: {type: test.decided}}}}
              metadata: {capstan: {human: {title: Well?, assignee: ada}}}
              output: {as: '${ .[0].answer }'}
        """;
    List<CapstanClient> clients = ALL.stream().map(this::client).toList();
    Set<String> asked = new TreeSet<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int i = 0; i < 3; i++) {
        String id = id("asks-" + i, partition);
        asked.add(id);
        get(clients.get(i).start(StartRequest.ofDefinition(asking).withId(id)));
      }
    }
    List<HumanTask> tasks = List.of();
    for (CapstanClient client : clients) {
      tasks = listed(client, asked.size());
      assertThat(new TreeSet<>(tasks.stream().map(HumanTask::execution).toList())).isEqualTo(asked);
      assertThat(tasks).extracting(HumanTask::since).isSortedAccordingTo(Comparator.reverseOrder());
    }

    for (HumanTask task : tasks) {
      int owner = KEYS.ownerOf(task.execution());
      CapstanClient client =
          IntStream.range(0, ALL.size())
              .filter(i -> !trio.coordinator(ALL.get(i)).leads(owner))
              .mapToObj(clients::get)
              .findFirst()
              .orElseThrow();
      Interactions door = client.interactions();
      assertThat(get(door.humanTask(task.id())).title()).isEqualTo("Well?");
      get(
          door.complete(
              task.id(),
              JsonNodeFactory.instance.objectNode().put("answer", "to " + task.execution())));
      assertThat(get(client.end(task.execution())).output())
          .hasToString("\"to " + task.execution() + "\"");
    }
    for (CapstanClient client : clients) {
      assertThat(listed(client, 0)).isEmpty();
    }
  }

  /** What a coordinator lists when it is so much. */
  private static List<HumanTask> listed(CapstanClient client, int count) {
    return await().until(() -> humanTasks(client), tasks -> tasks.size() == count);
  }

  /** All that a coordinator lists, in pages of two. */
  private static List<HumanTask> humanTasks(CapstanClient client) {
    Interactions door = client.interactions();
    HumanTaskFilter ofAda = new HumanTaskFilter("ada", null, "test/asking");
    List<HumanTask> listed = new ArrayList<>();
    PageRequest page = PageRequest.first(2);
    while (page != null) {
      Page<HumanTask> part = get(door.humanTasks(ofAda, page));
      assertThat(part.items()).hasSizeLessThanOrEqualTo(2);
      listed.addAll(part.items());
      page = part.next() == null ? null : page.after(part);
    }
    return listed;
  }

  @Test
  void whatOneExecutionEmitsOrStartsIsHeardAndRunInAnother() {
    awaitLeaders();
    CapstanClient client = client("c2");
    get(client.deploy(QUICK, "quick.yaml"));
    String parent =
        """
        document: {dsl: '1.0.3', namespace: test, name: parent, version: 1.0.0}
        do:
          - child: {run: {workflow: {namespace: test, name: quick, version: latest}}}
          - tell: {emit: {event: {with: {source: /parent, type: com.example.done, data: {}}}}}
        """;
    String ear =
        """
        document: {dsl: '1.0.3', namespace: test, name: ear, version: 1.0.0}
        do:
          - hear: {listen: {to: {one: {with: {type: com.example.done}}}}}
        """;
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String listener = id("ear", (partition + 1) % PARTITIONS);
      get(client.start(StartRequest.ofDefinition(ear).withId(listener)));
      await(() -> get(client.execution(listener)).status().equals("waiting"));
      for (int i = 0; i < 3; i++) {
        String id = id("parent-" + i, partition);
        get(client.start(StartRequest.ofDefinition(parent).withId(id)));
        assertThat(get(client.end(id)).status()).as(id).isEqualTo("completed");
      }
      assertThat(get(client.end(listener)).status()).isEqualTo("completed");
    }
  }

  /** The partition of the child need not have heard yet of what the first one has stored. */
  @Test
  void aWorkflowThatWasDeployedAMomentAgoIsFoundByWhateverRunsIt() {
    await(this::isSpread);
    CapstanClient client = client("c2");
    String child =
        """
        document: {dsl: '1.0.3', namespace: test, name: child, version: 1.0.%d}
        do:
          - say: {set: {version: %d}}
        """;
    String parent =
        """
        document: {dsl: '1.0.3', namespace: test, name: parent, version: 1.0.0}
        do:
          - named: {run: {workflow: {namespace: test, name: child, version: 1.0.%d}}}
          - latest: {run: {workflow: {namespace: test, name: child, version: latest}}}
        """;
    for (int i = 1; i <= 20; i++) {
      get(client.deploy(child.formatted(i, i), "child.yaml"));
      String id = id("parent-" + i, i % PARTITIONS);
      StartRequest request = StartRequest.ofDefinition(parent.formatted(i)).withId(id);
      Execution ended = get(client.start(request, Duration.ofSeconds(60)));
      assertThat(String.valueOf(ended.output()))
          .as("%s", ended)
          .isEqualTo("{\"version\":" + i + "}");
    }
  }

  @Test
  void aCoordinatorThatGoesTakesNoPartitionWithIt() throws Exception {
    awaitLeaders();
    Path gate = directory.resolve("gate");
    String untilFile =
        """
        document: {dsl: '1.0.3', namespace: test, name: until-file, version: 1.0.0}
        do:
          - work: {run: {shell: {command: 'until [ -e %s ]; do sleep 0.05; done'}}}
        """
            .formatted(gate);
    List<String> ids = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String id = id("long", partition);
      ids.add(id);
      get(client("c1").start(StartRequest.ofDefinition(untilFile).withId(id)));
    }
    await(() -> trio.worker("w1").status().running() == PARTITIONS);

    trio.stop("c2");
    CapstanClient client = client("c1");
    for (int partition = 0; partition < PARTITIONS; partition++) {
      get(client.start(StartRequest.ofDefinition(QUICK).withId(id("after", partition))));
      assertThat(get(client.end(id("after", partition))).status()).isEqualTo("completed");
    }
    Files.createFile(gate);

    for (String id : ids) {
      assertThat(get(client.end(id)).status()).isEqualTo("completed");
    }
    assertThat(trio.worker("w1").status().released()).as("attempts that ran twice").isZero();
  }

  @Test
  void whatOperatorsSayOfANodeHoldsForAllPartitions() {
    awaitLeaders();
    CapstanClient client = client("c3");
    await(() -> get(client.nodes()).stream().anyMatch(node -> node.status().equals("active")));
    get(client.cordon("w1"));
    List<String> held = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      held.add(held(client, partition));
    }
    get(client.uncordon("w1"));
    for (String id : held) {
      assertThat(get(client.end(id)).status()).isEqualTo("completed");
    }
  }

  /**
   * Starts executions of a partition until one waits since the node is cordoned. A partition that
   * is led elsewhere hears of that a moment after whoever said it, and may give it work until then.
   */
  private static String held(CapstanClient client, int partition) {
    AtomicInteger number = new AtomicInteger();
    return await()
        .until(
            () -> {
              String id = id("held-" + number.incrementAndGet(), partition);
              get(client.start(StartRequest.ofDefinition(QUICK).withId(id)));
              await(() -> isCordoned(client, id) || get(client.execution(id)).hasEnded());
              return get(client.execution(id)).hasEnded() ? "" : id;
            },
            id -> !id.isEmpty());
  }

  private static boolean isCordoned(CapstanClient client, String id) {
    return get(client.tasks(id)).stream()
        .anyMatch(task -> String.valueOf(task.reason()).contains("cordoned"));
  }

  @Test
  void eachPartitionAnswersForItsOwnReplicas() throws Exception {
    awaitLeaders();
    CapstanClient client = client("c1");
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String id = id("synced", partition);
      get(client.start(StartRequest.ofDefinition(QUICK).withId(id), Duration.ofSeconds(60)));
      await(() -> get(client.stateSync(id)).inSync());
      assertThat(get(client.stateSync(id)).partition()).isEqualTo(partition);
      assertThat(get(client.consensus(id)).confirmed()).isTrue();
    }
    for (String name : ALL) {
      // The check wants the engine at rest, which executions have just left.
      await()
          .untilAsserted(() -> assertThat(trio.coordinator(name).check().get()).as(name).isEmpty());
    }
  }
}
