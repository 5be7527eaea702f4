package dev.capstan.verify.cluster;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.KeySpace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever leads a partition needs the first one too, which says what definitions there are: a
 * network in which the leaders of both do not reach each other must not keep the partition from
 * serving, as long as somebody reaches everybody.
 */
@Tag("alone")
class CutLeadersTest {
  private static final int PARTITIONS = 3;
  private static final KeySpace KEYS = new KeySpace(PARTITIONS);
  private static final List<String> ALL = List.of("c1", "c2", "c3");
  private static final WorkflowName QUICK = new WorkflowName("test", "quick", null);
  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: test, name: quick, version: 1.0.0}
      do:
        - work: {set: {done: true}}
      """;

  private static final WorkflowName FAMILY = new WorkflowName("test", "parent", null);
  private static final String PARENT =
      """
      document: {dsl: '1.0.3', namespace: test, name: parent, version: 1.0.0}
      do:
        - child: {run: {workflow: {namespace: test, name: quick, version: 1.0.0}}}
      """;

  /** Each child is of a partition by chance: surely some are of that beyond the cut. */
  private static final int PARENTS = 30;

  @TempDir Path directory;
  private Trio trio;
  private CapstanClient client;
  private final AtomicInteger numbers = new AtomicInteger();

  @BeforeEach
  void start() {
    trio = new Trio(directory, PARTITIONS);
    client =
        CapstanClient.builder()
            .servers(ALL.stream().map(name -> trio.door(name).toString()).toList())
            .build();
  }

  @AfterEach
  void stop() {
    client.close();
    trio.close();
  }

  private static <T> T get(CompletableFuture<T> answer) {
    return CapstanClient.await(answer);
  }

  private static void await(Callable<Boolean> holds) {
    Awaitility.await()
        .atMost(Trio.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreException(CapstanException.Unavailable.class)
        .until(holds);
  }

  private void deploy(String definition) {
    await(() -> get(client.deploy(definition, "test.yaml")).namespace().equals("test"));
  }

  /** Who leads which partition, in order, when each coordinator leads one. */
  private List<String> leadersWhenSpread() {
    return Awaitility.await()
        .atMost(Trio.PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(this::leaders, leaders -> Set.copyOf(leaders).equals(Set.copyOf(ALL)));
  }

  private List<String> leaders() {
    return IntStream.range(0, PARTITIONS).mapToObj(this::leaderOf).toList();
  }

  private String leaderOf(int partition) {
    return ALL.stream()
        .filter(name -> trio.coordinator(name).leads(partition))
        .findFirst()
        .orElse("");
  }

  /** An id that a partition owns, and nobody had before. */
  private String id(int partition) {
    return IntStream.iterate(numbers.incrementAndGet(), _ -> numbers.incrementAndGet())
        .mapToObj(number -> "cut-" + number)
        .filter(each -> KEYS.ownerOf(each) == partition)
        .findFirst()
        .orElseThrow();
  }

  /** Starts another execution of a partition by the name of its definition. */
  private boolean isStarted(int partition) {
    String id = id(partition);
    Execution started = get(client.start(StartRequest.of(QUICK).withId(id)));
    return started.id().equals(id);
  }

  @Test
  void aLeaderThatDoesNotReachThatOfTheFirstPartitionLetsOneLeadThatDoes() {
    deploy(DEFINITION);
    List<String> leaders = leadersWhenSpread();

    trio.cables().cut(leaders.get(0), leaders.get(1));

    await(() -> isStarted(1));
    for (int partition = 0; partition < PARTITIONS; partition++) {
      int each = partition;
      await(() -> isStarted(each));
    }

    trio.cables().heal();
    Object _ = leadersWhenSpread();
    await(() -> isStarted(1));
  }

  @Test
  void whatExecutionsHaveForEachOtherTakesAnotherWayWhereTheirLeadersDoNotReachEachOther() {
    deploy(DEFINITION);
    deploy(PARENT);
    List<String> leaders = leadersWhenSpread();

    trio.cables().cut(leaders.get(1), leaders.get(2));

    List<String> parents = new ArrayList<>();
    for (int i = 0; i < PARENTS; i++) {
      String id = id(1);
      await(() -> get(client.start(StartRequest.of(FAMILY).withId(id))).id().equals(id));
      parents.add(id);
    }
    for (String parent : parents) {
      await(() -> get(client.execution(parent)).status().equals("completed"));
    }
  }
}
