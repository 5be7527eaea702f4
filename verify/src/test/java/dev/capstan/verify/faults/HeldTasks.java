package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.KeySpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Tasks on workers that end when the test wants it. Whatever is done to the worker of one meanwhile
 * hits at least that, however slow the machine is, and whether the worker's reports still arrive or
 * not. For one thread.
 */
final class HeldTasks {
  private static final WorkflowName WORKFLOW = new WorkflowName("faults", "held", null);

  /** Ends by itself after minutes, since a killed worker leaves its processes behind. */
  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: faults, name: held, version: '1.0.0'}
      do:
        - held: {run: {shell: {command: 'i=0; until [ -e %s/$CAPSTAN_EXECUTION ] || [ $((i += 1)) -gt 3000 ]; do touch %s/$CAPSTAN_EXECUTION.$CAPSTAN_ATTEMPT; sleep 0.1; done'}}}
      """;

  /** Whoever says something ten times a second and has said nothing for so long has ended. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final ClusterView view;
  private final Path folder;
  private final List<String> ids = new ArrayList<>();

  /**
   * Deploys their workflow.
   *
   * @param folder in which the workers see files of this process
   */
  HeldTasks(ClusterView view, Path folder) {
    this.view = view;
    this.folder = folder;
    Object _ =
        CapstanClient.await(
            view.client().deploy(DEFINITION.formatted(folder, folder), "held.yaml"));
  }

  /** Of a task, counted from one. */
  private record Attempt(int number, String node) {}

  /** One that is held on a worker. */
  final class Held {
    private final String id;
    private final Attempt first;

    /** Returns when it runs: what is done to a worker that only has it hits nothing yet. */
    private Held(String id) {
      this.id = id;
      this.first = awaitAttempt(attempt -> Files.exists(mark(attempt)));
    }

    /** Of its execution. */
    String id() {
      return id;
    }

    /** The worker that it was with first. */
    String node() {
      return first.node();
    }

    /** Returns when it is with another worker. */
    void awaitElsewhere() {
      Attempt _ = awaitAttempt(last -> !last.node().equals(first.node()));
    }

    /**
     * Returns when its first attempt runs no more, not even unseen: it says ten times a second that
     * it does.
     */
    void awaitStopped() {
      Awaitility.await()
          .atMost(ClusterView.PATIENCE)
          .until(() -> Instant.now().isAfter(lastSaid().plus(QUIET)));
    }

    private Instant lastSaid() throws IOException {
      return Files.getLastModifiedTime(mark(first)).toInstant();
    }

    private Path mark(Attempt attempt) {
      return folder.resolve(id + "." + attempt.number());
    }

    /** Fails unless its first attempt is the only one. */
    void requireNeverElsewhere() {
      assertThat(History.read(view.client(), id).events())
          .filteredOn(event -> event.type().equals("task.started"))
          .hasSize(1);
    }

    /** Lets it end wherever it is. */
    void release() throws IOException {
      Path _ = Files.createFile(folder.resolve(id));
    }

    /** Returns when it has ended. */
    void awaitEnd() {
      assertThat(CapstanClient.await(view.client().end(id)).status()).isEqualTo("completed");
    }

    private Attempt awaitAttempt(Predicate<Attempt> wanted) {
      return Objects.requireNonNull(
          Awaitility.await()
              .atMost(ClusterView.PATIENCE)
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(50))
              .ignoreExceptions()
              .until(this::last, last -> last != null && wanted.test(last)));
    }

    private @Nullable Attempt last() {
      List<String> nodes =
          History.read(view.client(), id).events().stream()
              .filter(event -> event.type().equals("task.started"))
              .map(HistoryEvent::node)
              .filter(Objects::nonNull)
              .toList();
      return nodes.isEmpty() ? null : new Attempt(nodes.size(), nodes.getLast());
    }
  }

  /** Begins one; returns when it runs on a worker. */
  Held begin() {
    return begin("held-" + (ids.size() + 1));
  }

  private Held begin(String id) {
    Object _ = CapstanClient.await(view.client().start(StartRequest.of(WORKFLOW).withId(id)));
    ids.add(id);
    return new Held(id);
  }

  /** Begins one that a partition owns. */
  Held begin(int partition, int partitions) {
    KeySpace keys = new KeySpace(partitions);
    return begin(
        IntStream.iterate(1, i -> i + 1)
            .mapToObj(i -> "held-of-" + partition + "-" + i)
            .filter(id -> !ids.contains(id) && keys.ownerOf(id) == partition)
            .findFirst()
            .orElseThrow());
  }

  /** The executions of all these, and others. */
  List<String> and(List<String> others) {
    List<String> all = new ArrayList<>(others);
    all.addAll(ids);
    return all;
  }
}
