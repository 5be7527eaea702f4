package dev.capstan.server.partition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.storage.v1.DeployedDefinition;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A partition with everything around it, on the thread of the test. */
final class Yard {
  static final String ONE_TASK =
      """
      document: { dsl: '1.0.3', namespace: test, name: one-task, version: '1.0.0' }
      do:
        - work:
            call: http
            with: { method: get, endpoint: 'http://example.com/', output: content }
      """;
  static final String ONE_SET =
      """
      document: { dsl: '1.0.3', namespace: test, name: one-set, version: '1.0.0' }
      do:
        - put:
            set: { answer: 42 }
      """;
  static final String ONE_WAIT =
      """
      document: { dsl: '1.0.3', namespace: test, name: one-wait, version: '1.0.0' }
      do:
        - pause:
            wait: { seconds: 10 }
      """;
  static final String ONE_LISTEN =
      """
      document: { dsl: '1.0.3', namespace: test, name: one-listen, version: '1.0.0' }
      do:
        - hear:
            listen:
              to:
                one:
                  with: { type: com.example.paid }
      """;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  final ManualClock clock = new ManualClock(1_800_000_000_000L);
  final Nodes nodes = new Nodes();
  final List<Event.Recorded> heard = new ArrayList<>();
  final List<Summary> ended = new ArrayList<>();
  final List<Throwable> failures = new ArrayList<>();
  final Map<String, JsonNode> secrets = new TreeMap<>();
  Store store;
  PartitionLimits limits = PartitionLimits.ofDefaults();
  Router router = Router.ONE;
  BiFunction<CloudEvent, TransactionView, List<Start>> reaction = (_, _) -> List.of();
  Partition partition;
  HeldLog log;
  PartitionReader reader;
  private long seed = 1;
  private long term;

  Yard() {
    this(new MemoryStore());
  }

  Yard(Store store) {
    this.store = store;
    build();
    lead();
  }

  private void build() {
    DefinitionCache cache = new DefinitionCache(store, Yard::definition, 100);
    reader = new PartitionReader(store, cache);
    PartitionSetup setup =
        new PartitionSetup(
            store,
            cache,
            deployed(new StoredDefinitions(store, cache)),
            new Decider(
                new Settings(
                    JqLimits.ofSteps(10_000_000),
                    this::secret,
                    JsonNodeFactory.instance.objectNode().put("name", "capstan"),
                    100,
                    10_000)),
            nodes,
            way(),
            new PartitionRequests.CommitListener() {
              @Override
              public void committed(Summary summary, Event.Recorded events) {
                heard.add(events);
              }

              @Override
              public void ended(Summary summary, Execution last) {
                ended.add(summary);
              }
            },
            failures::add,
            clock,
            Entropy.seeded(seed++),
            limits);
    partition = new Partition(setup);
    log = new HeldLog(partition.consumer());
    partition.attach(log);
  }

  /** What there is at the moment of each question. */
  private Router way() {
    return new Router() {
      @Override
      public List<Deliveries> targets(Message message, Deliveries sender) {
        return router.targets(message, sender);
      }

      @Override
      public boolean owns(String execution) {
        return router.owns(execution);
      }
    };
  }

  private Definitions deployed(Definitions stored) {
    return new Definitions() {
      @Override
      public @Nullable Deployed find(String namespace, String name, String version) {
        return stored.find(namespace, name, version);
      }

      @Override
      public List<Start> published(CloudEvent event, TransactionView view) {
        return reaction.apply(event, view);
      }
    };
  }

  private @Nullable JsonNode secret(String name) {
    if (name.equals("poison")) {
      throw new IllegalStateException("a fault of the engine");
    }
    return secrets.get(name);
  }

  /** The process dies and starts again with what is on its disk. */
  void restart() {
    build();
    lead();
  }

  /** The same with other limits. */
  Yard with(PartitionLimits others) {
    limits = others;
    restart();
    return this;
  }

  void lead() {
    log.lead(++term);
    run();
  }

  /** Lets the partition work until it has nothing to do. */
  void run() {
    int turns = 0;
    while (partition.doWork()) {
      if (++turns > 100_000) {
        throw new IllegalStateException("the partition does not come to rest");
      }
    }
  }

  void pass(Duration time) {
    clock.advance(time);
    run();
  }

  static Definition definition(String text) {
    return switch (new DefinitionLoader().load(text, "test.yaml")) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }

  static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static Start request(String id, String text, String input) {
    return new Start(
        id, false, null, definition(text), text, json(input), null, Map.of(), "tester");
  }

  static Start keyed(String id, String key, String text, String input) {
    return new Start(id, false, key, definition(text), text, json(input), null, Map.of(), "tester");
  }

  static Start labelled(String id, String text, Map<String, String> labels) {
    return new Start(id, false, null, definition(text), text, json("{}"), null, labels, "tester");
  }

  CompletableFuture<Started> starting(String id, String text) {
    return partition.start(request(id, text, "{}"));
  }

  /** Asks for a start, and waits for nothing. */
  void post(String id, String text) {
    var _ = starting(id, text);
  }

  /** Starts an execution and lets the partition work. */
  Summary start(String id, String text) {
    CompletableFuture<Started> started = starting(id, text);
    run();
    return started.resultNow().summary();
  }

  CompletableFuture<Summary> command(String id, Command command) {
    CompletableFuture<Summary> done = partition.command(id, command, "tester", "execution.command");
    run();
    return done;
  }

  /** Sends a command and expects that it is carried out. */
  void order(String id, Command command) {
    var _ = command(id, command).resultNow();
  }

  /** The node reports an attempt's output. */
  void report(Effect.Dispatch dispatch, String output) {
    nodes.taken--;
    partition.report(
        new Command.ReportOutput(dispatch.token(), json(output)), dispatch.token().execution());
    partition.slotsFreed();
    run();
  }

  /** The session of a node has ended. */
  void lose(String node, long epoch, String reason) {
    var _ = partition.sessionEnds(node, reason, () -> false, _ -> epoch);
  }

  /** A node goes on under its epoch, or begins anew after another one. */
  record Joined(long resumedEpoch, long endedEpoch) implements PartitionRequests.Joining {}

  CompletableFuture<Integer> publish(String type, String id) {
    CompletableFuture<Integer> done = publishing(type, id);
    run();
    return done;
  }

  CompletableFuture<Integer> publishing(String type, String id) {
    return partition.publish(
        List.of(
            new CloudEvent(
                json(
                    """
                    {"specversion":"1.0","id":"%s","source":"/test","type":"%s","data":{"n":1}}
                    """
                        .formatted(id, type)))),
        "tester");
  }

  /** Deploys a definition as a registry does. */
  void deploy(String text) {
    CompletableFuture<Boolean> done = deploying(text);
    run();
    done.resultNow();
  }

  CompletableFuture<Boolean> deploying(String text) {
    Definition definition = definition(text);
    byte[] row =
        DeployedDefinition.newBuilder()
            .setHash(definition.hash())
            .setDeployedBy("tester")
            .build()
            .toByteArray();
    return partition.transact(view -> {
      view.write(
          new Change.Put(
              Table.DEFINITIONS,
              Keys.definitionText(definition.hash()),
              new RowCodec().definitionText(text)));
      view.write(
          new Change.Put(
              Table.DEFINITIONS,
              Keys.deployed(
                  definition.document().namespace(),
                  definition.document().name(),
                  definition.document().version()),
              row));
      return true;
    });
  }

  Summary summary(String id) {
    Summary summary = reader.summary(id);
    if (summary == null) {
      throw new AssertionError("there is no execution " + id);
    }
    return summary;
  }

  /** The error that ended an execution. */
  WorkflowError error(String id) {
    WorkflowError error = summary(id).error();
    if (error == null) {
      throw new AssertionError("execution " + id + " has no error");
    }
    return error;
  }

  /** What the checker has to say, rows included. */
  List<String> violations() {
    run();
    CompletableFuture<List<String>> check = partition.check(true);
    run();
    return check.resultNow();
  }

  static Refusal refusal(CompletableFuture<?> future) {
    if (future.exceptionNow() instanceof Refusal refusal) {
      return refusal;
    }
    throw new AssertionError("not a refusal", future.exceptionNow());
  }

  /** All rows of a table as text. */
  Map<String, String> rows(Table table) {
    Map<String, String> all = new TreeMap<>();
    try (Rows rows = store.scan(table, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        all.put(HexFormat.of().formatHex(rows.key()), HexFormat.of().formatHex(rows.value()));
      }
    }
    return all;
  }
}
