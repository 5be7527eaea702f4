package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogException;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.post.NamedDefinitions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Clients that start executions, send cloud events, and cancel now and then. They ask one
 * coordinator after the other until they have an answer, as clients do.
 */
final class Load {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long PATIENCE = 150 * MILLISECOND;

  private static final int FLOOD = 10;
  private static final String LATEST = "latest";

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Circumstances circumstances;
  private final Invariants invariants;
  private int deployed;

  /** The versions that starts by name ask for; others leave it to the engine. */
  private final Map<String, String> versions = new HashMap<>();

  /** The newest version of {@link Families#YOUNG} that is deployed for certain. */
  private int young = -1;

  private int started;
  private int events;
  private boolean ending;
  private boolean over;

  Load(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      Circumstances circumstances,
      Invariants invariants) {
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.coordinators = coordinators;
    this.circumstances = circumstances;
    this.invariants = invariants;
  }

  void begin() {
    Families.CHILDREN.forEach(text -> deploy(text, () -> deployed++));
    deployYounger(0);
    beginNext();
  }

  private void beginNext() {
    if (over) {
      return;
    }
    agenda.after(
        random.nextLong(50 * MILLISECOND),
        () -> {
          if (!ending) {
            begin(next(), random.nextInt(coordinators.size()));
            if (random.nextInt(80) == 0) {
              flood();
            }
            if (random.nextInt(40) == 0) {
              SimulatedCoordinator asked = coordinators.get(random.nextInt(coordinators.size()));
              ask(asked, () -> startUndecidable(asked));
            }
          }
          beginNext();
        });
    if (random.nextInt(4) == 0) {
      publish();
    }
  }

  /** Starts nothing more; whoever listens still hears what it waits for. */
  void end() {
    ending = true;
    cancelStuck();
  }

  /** Asks for nothing more. */
  void rest() {
    over = true;
  }

  /** Newer and newer ones, each when the one before is there. */
  private void deployYounger(int patch) {
    if (!ending) {
      deploy(
          Families.young(patch),
          () -> {
            young = patch;
            askForItEverywhere();
            agenda.after(random.nextLong(600 * MILLISECOND), () -> deployYounger(patch + 1));
          });
    }
  }

  /** Also whoever does not know yet that it leads no more. */
  private void askForItEverywhere() {
    for (int at = 0; at < coordinators.size() && !ending; at++) {
      begin(named(), at);
    }
  }

  private void deploy(String text, Runnable acknowledged) {
    deploy(text, acknowledged, new AtomicBoolean());
  }

  /** Asks one coordinator after the other, until one has deployed a definition. */
  private void deploy(String text, Runnable acknowledged, AtomicBoolean done) {
    if (done.get()) {
      return;
    }
    SimulatedCoordinator asked = coordinators.get(random.nextInt(coordinators.size()));
    ask(
        asked,
        () -> {
          var _ =
              asked
                  .registry()
                  .deploy(Principal.LOCAL, text, "simulated.yaml")
                  .thenAccept(_ -> {
                    if (done.compareAndSet(false, true)) {
                      acknowledged.run();
                      invariants.tally().bit(Happening.DEPLOYED);
                    }
                  });
        });
    agenda.after(random.nextLong(PATIENCE), () -> deploy(text, acknowledged, done));
  }

  /** Nothing but an operator ends what can't be decided about. */
  private void cancelStuck() {
    invariants.acknowledged().stream()
        .filter(id -> Workflows.of(id) == Workflows.STUCK && !invariants.endsTold().contains(id))
        .forEach(this::cancel);
    agenda.after(PATIENCE, this::cancelStuck);
  }

  /** Whether all that somebody began to start was promised. */
  boolean allAcknowledged() {
    return invariants.acknowledged().size() == started;
  }

  int started() {
    return started;
  }

  private String next() {
    int workflow = random.nextInt(Workflows.NAMED + 1);
    boolean poison = workflow == Workflows.POISONED || workflow == Workflows.STUCK;
    boolean early =
        workflow >= Workflows.FIRST_PARENT && (young < 0 || deployed < Families.CHILDREN.size());
    if (workflow == Workflows.NAMED && !early) {
      return named();
    }
    String id = Workflows.id(started++, early || (poison && random.nextInt(3) > 0) ? 0 : workflow);
    invariants.kinship().atLeast(id, young);
    return id;
  }

  /** One that is asked for by name: this version, or the latest. */
  private String named() {
    String id = Workflows.id(started++, Workflows.NAMED);
    invariants.kinship().atLeast(id, young);
    if (started % 2 == 0) {
      versions.put(id, Families.version(young));
    }
    return id;
  }

  private void begin(String id, int at) {
    ask(coordinators.get(at), () -> start(id, coordinators.get(at)));
    again(id, at);
    if (Workflows.of(id) == Workflows.NAMED) {
      onceMore(id);
    }
    if (random.nextInt(10) == 0) {
      agenda.after(random.nextLong(300 * MILLISECOND), () -> cancel(id));
    }
    if (random.nextInt(6) == 0 && Workflows.of(id) != Workflows.NAMED) {
      agenda.after(random.nextLong(300 * MILLISECOND), () -> move(id));
    }
  }

  /** Many at a time for one coordinator. */
  private void flood() {
    int at = random.nextInt(coordinators.size());
    List<String> ids = IntStream.range(0, FLOOD).mapToObj(_ -> next()).toList();
    ask(coordinators.get(at), () -> ids.forEach(id -> start(id, coordinators.get(at))));
    ids.forEach(id -> again(id, at));
  }

  /** Asks the next coordinator unless there is an answer by then. */
  private void again(String id, int at) {
    agenda.after(
        PATIENCE + random.nextLong(PATIENCE),
        () -> {
          if (!invariants.acknowledged().contains(id)) {
            SimulatedCoordinator next = coordinators.get((at + 1) % coordinators.size());
            ask(next, () -> start(id, next));
            again(id, (at + 1) % coordinators.size());
          }
        });
  }

  /** As who has heard no answer, or has forgotten it. */
  private void onceMore(String id) {
    SimulatedCoordinator asked = coordinators.get(random.nextInt(coordinators.size()));
    agenda.after(random.nextLong(1_000 * MILLISECOND), () -> ask(asked, () -> start(id, asked)));
  }

  private void start(String id, SimulatedCoordinator asked) {
    var _ =
        request(id, asked)
            .thenCompose(request ->
                answer("start " + id, asked, asked.owner(id).partition().start(request))
                    .thenApply(answer -> heard(request, answer)))
            .whenComplete((answer, failure) -> {
              if (answer != null) {
                invariants.acknowledged(id, asked.owner(id).reader());
              } else if (cause(failure) instanceof Refusal refusal) {
                refused(id, refusal);
              }
            });
  }

  private PartitionRequests.Started heard(
      PartitionRequests.Start request, PartitionRequests.Started answer) {
    String latest = request.definition().document().version();
    if (request.latest() && !answer.summary().workflow().version().equals(latest)) {
      invariants.tally().bit(Happening.SAME_START_AFTER_A_DEPLOYMENT);
    }
    return answer;
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private void refused(String id, Refusal refusal) {
    switch (refusal.code()) {
      case BUSY -> invariants.tally().bit(Happening.INBOX_FULL);
      case ALREADY_EXISTS, KEY_REUSED -> invariants.violated(id + " is another one: " + refusal);
      case NOT_FOUND -> invariants.violated(id + " was not found: " + refusal);
      default -> {
        // Somebody else is asked, or again later.
      }
    }
  }

  private CompletableFuture<PartitionRequests.Start> request(
      String id, SimulatedCoordinator asked) {
    if (Workflows.of(id) != Workflows.NAMED) {
      return CompletableFuture.completedFuture(
          request(id, Workflows.text(Workflows.of(id)), false));
    }
    boolean first = circumstances.keys().ownerOf(id) == 0;
    if (first && !asked.replica(0).isHere()) {
      // It sends it on to whoever leads.
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    String version = versions.getOrDefault(id, LATEST);
    return known(asked, first, version)
        .thenApply(_ -> {
          Definitions.Deployed named =
              asked.registry().deployed("simulated", Families.YOUNG, version);
          invariants.tally().bit(Happening.START_BY_NAME);
          return request(id, named.text(), version.equals(LATEST));
        });
  }

  private CompletableFuture<Long> known(SimulatedCoordinator asked, boolean first, String version) {
    NamedDefinitions named = asked.named();
    CompletableFuture<Long> known =
        first
            ? named.beforeFirst("simulated", Families.YOUNG, version)
            : named.before("simulated", Families.YOUNG, version);
    if (first && !known.isDone()) {
      invariants.tally().bit(Happening.NAME_NOT_HEARD_OF);
    }
    return known;
  }

  private static PartitionRequests.Start request(String id, String text, boolean latest) {
    return new PartitionRequests.Start(
        id,
        false,
        "key-" + id,
        Workflows.compiled(text),
        text,
        JsonNodeFactory.instance.objectNode(),
        null,
        Map.of(),
        "client",
        null,
        null,
        latest);
  }

  private void startUndecidable(SimulatedCoordinator asked) {
    var _ =
        asked
            .owner("undecidable")
            .partition()
            .start(request("undecidable", Workflows.UNDECIDABLE, false))
            .thenAccept(_ -> invariants.violated("a start that nobody can decide was accepted"));
  }

  private <T> CompletableFuture<T> answer(
      String what, SimulatedCoordinator asked, CompletableFuture<T> answer) {
    return invariants.answers().to(what, asked.process(), answer);
  }

  private void ask(SimulatedCoordinator asked, Runnable question) {
    agenda.after(network.delayNanos(), () -> asked.process().now(question));
  }

  private void cancel(String id) {
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                answer(
                        "cancel " + id,
                        each,
                        each.owner(id)
                            .partition()
                            .command(
                                id,
                                new Command.Cancel("client", null),
                                "client",
                                "execution.cancel"))
                    .thenAccept(_ -> {
                      invariants.tally().bit(Happening.CANCEL_ACKNOWLEDGED);
                      invariants.endTold(id, each.owner(id).reader());
                    });
          });
    }
  }

  /** To a later version, in which everything stands elsewhere. */
  private void move(String id) {
    String text = Workflows.later(Workflows.of(id));
    Definitions.Deployed later = new Definitions.Deployed(Workflows.compiled(text), text);
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                answer(
                        "move " + id,
                        each,
                        each.owner(id)
                            .partition()
                            .migrate(new PartitionRequests.Move(id, later, Map.of(), "client")))
                    .thenAccept(_ -> invariants.moved(id, each.owner(id).reader()));
          });
    }
  }

  /** As the gateway does: the first partition has it first, then all others. */
  private void publish() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    String id = "c" + events++;
    json.put("specversion", "1.0").put("id", id);
    json.put("source", "/client").put("type", Workflows.AWAITED);
    List<CloudEvent> event = List.of(new CloudEvent(json));
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                answer("publish " + id, each, each.replica(0).partition().publish(event, "client"))
                    .thenCompose(takers -> publish(each, event, takers))
                    .thenAccept(takers -> invariants.published(id, takers));
          });
    }
  }

  private CompletableFuture<Integer> publish(
      SimulatedCoordinator at, List<CloudEvent> event, int takers) {
    CompletableFuture<Integer> sum = CompletableFuture.completedFuture(takers);
    for (int i = 1; i < circumstances.partitions(); i++) {
      sum = sum.thenCombine(at.postman().publish(i, event), Integer::sum);
    }
    return sum;
  }
}
