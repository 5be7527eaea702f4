package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.registry.DefinitionTexts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is run: each way in which an execution can wait for something. */
final class Workflows {
  /** The cloud event that listening executions wait for. */
  static final String AWAITED = "simulated.go";

  /** The version of {@link #later}. */
  static final String LATER = "1.1.0";

  /** The status of what took too long. */
  static final int TIMEOUT = 408;

  /** Nobody can decide about its start, so that is refused. */
  static final String UNDECIDABLE =
      """
      document: {dsl: '1.0.3', namespace: simulated, name: undecidable, version: '1.0.0'}
      use: {secrets: [poison]}
      do: [{trip: {set: {x: '${ $secrets.poison }'}}}]
      """;

  private static final List<String> TEXTS =
      List.of(
          """
          document: {dsl: '1.0.3', namespace: simulated, name: one, version: '1.0.0'}
          do: [{work: {call: sim-work, with: {n: 1}}}]
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: sequence, version: '1.0.0'}
          do:
            - first: {call: sim-work, with: {n: 1}}
            - second: {call: sim-work, with: {n: '${ .n }'}}
            - third: {call: sim-work, with: {n: '${ .n }'}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: fan, version: '1.0.0'}
          do:
            - fan:
                fork:
                  branches:
                    - a: {call: sim-work, with: {n: 1}}
                    - b: {call: sim-work, with: {n: 2}}
                    - c: {call: sim-work, with: {n: 3}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: retried, version: '1.0.0'}
          do:
            - again:
                try: [{work: {call: sim-flaky, with: {n: 1}}}]
                catch:
                  errors: {with: {status: 503}}
                  retry: {delay: {milliseconds: 20}, backoff: {constant: {}}, limit: {attempt: {count: 50}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: delayed, version: '1.0.0'}
          do:
            - pause: {wait: {milliseconds: 150}}
            - work: {call: sim-work, with: {n: 1}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: listening, version: '1.0.0'}
          do:
            - hear: {listen: {to: {one: {with: {type: simulated.go}}}}}
            - work: {call: sim-work, with: {n: 1}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: impatient, version: '1.0.0'}
          do:
            - bounded:
                try: [{work: {call: sim-slow, with: {n: 1}, timeout: {after: {milliseconds: 100}}}}]
                catch: {errors: {with: {status: 408}}, do: [{instead: {set: {late: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: once, version: '1.0.0'}
          do:
            - guarded:
                try: [{work: {call: sim-once, with: {n: 1}, metadata: {capstan: {recovery: fail}}}}]
                catch: {errors: {with: {status: 500}}, do: [{instead: {set: {lost: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: same, version: '1.0.0'}
          do:
            - work:
                call: sim-work
                with: {n: 1}
                metadata: {capstan: {priority: 100, recovery: retry_same_node, recoveryTimeout: {milliseconds: 400}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: keyed, version: '1.0.0'}
          do:
            - work:
                call: sim-work
                with: {n: 1}
                metadata: {capstan: {priority: -10, key: k, concurrency: {key: k, limit: 1}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: nowhere, version: '1.0.0'}
          do:
            - guarded:
                try: [{work: {call: sim-work, with: {n: 1}, metadata: {capstan: {require: {nowhere: true}, queueTimeout: {milliseconds: 150}}}}}]
                catch: {errors: {with: {status: 408}}, do: [{instead: {set: {late: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: poisoned, version: '1.0.0'}
          use: {secrets: [poison]}
          do:
            - work: {call: sim-work, with: {n: 1}}
            - trip: {set: {x: '${ $secrets.poison }'}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: stuck, version: '1.0.0'}
          use: {secrets: [poison]}
          do:
            - pause: {wait: {milliseconds: 100}}
            - trip: {set: {x: '${ $secrets.poison }'}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: checked, version: '1.0.0'}
          input: {schema: {resource: {endpoint: 'https://example.com/in'}}}
          do:
            - pair:
                fork:
                  branches:
                    - a: {call: sim-work, with: {n: 1}, output: {schema: {resource: {endpoint: '${ "https://example.com/" + "out" }'}}}}
                    - b: {call: sim-work, with: {n: 2}, input: {schema: {resource: {endpoint: 'https://example.com/out'}}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: labelled, version: '1.0.0'}
          do:
            - work: {call: sim-work, with: {n: 1}, metadata: {capstan: {require: {zone: here}, recovery: reassign}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: paced, version: '1.0.0'}
          do:
            - fan:
                fork:
                  branches:
                    - a: {call: sim-work, with: {n: 1}, metadata: {capstan: {rate: {key: p, limit: 2, per: {milliseconds: 100}}}}}
                    - b: {call: sim-work, with: {n: 2}, metadata: {capstan: {rate: {key: p, limit: 2, per: {milliseconds: 100}}}}}
          """);

  /** From here on they run others. */
  static final int FIRST_PARENT = TEXTS.size();

  static final int COUNT = TEXTS.size() + Families.PARENTS.size();

  /** One that another one has started, whatever it runs. */
  static final int CHILD = -1;

  /** Shared by all runs, like {@link #compiled}. */
  static final DefinitionTexts DEPLOYED =
      new DefinitionTexts(new DefinitionLoader(), 100_000, 1_000);

  /** One that listens for {@link #AWAITED}. */
  static final int LISTENING = 5;

  /** Its task is not to run twice, and says so itself. */
  private static final int ONCE = 7;

  /** Its task waits for its node, and says so itself. */
  private static final int SAME = 8;

  /** All of these share a key, under which one attempt may run at a time. */
  static final int KEYED = 9;

  /** What its task leaves can't be decided about, so it faults. */
  static final int POISONED = 11;

  /** No decision about it succeeds any more, so it waits for somebody to cancel it. */
  static final int STUCK = 12;

  /** The newest of {@link Families#YOUNG}, which a client starts by its name. */
  static final int NAMED = COUNT;

  /** Its task goes where an operator has put a label, and elsewhere when its node is lost. */
  static final int LABELLED = 14;

  /** Its tasks share a rate with those of all of its kind: {@link #pace}. */
  static final int PACED = 15;

  /** The name of that label. */
  static final String ZONE = "zone";

  /** What it must be. */
  static final String HERE = "here";

  private static final Pattern ID = Pattern.compile("e\\d+-(\\d+)");

  private static final Map<String, Definition> COMPILED = new HashMap<>();
  private static final Map<Integer, String> LATER_TEXTS = new HashMap<>();

  private Workflows() {}

  /** The id of an execution, which tells what it runs. */
  static String id(int number, int workflow) {
    return "e" + number + "-" + workflow;
  }

  /** What an execution runs; {@link #CHILD} for one that the load has not started. */
  static int of(String id) {
    Matcher matcher = ID.matcher(id);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : CHILD;
  }

  /**
   * What becomes of the task of an execution whose node is lost.
   *
   * @param usual where the definition says nothing
   */
  static RecoveryStrategy recovery(String id, RecoveryStrategy usual) {
    return switch (of(id)) {
      case ONCE -> RecoveryStrategy.FAIL;
      case SAME -> RecoveryStrategy.RETRY_SAME_NODE;
      case LABELLED -> RecoveryStrategy.REASSIGN;
      default -> usual;
    };
  }

  /** Secrets of all runs: there are none, and one that nobody may ask for. */
  static @Nullable JsonNode secret(String name) {
    if (name.equals("poison")) {
      throw new IllegalStateException("a fault of the engine");
    }
    return null;
  }

  /** The rate of {@link #PACED}. */
  static Pace pace() {
    return new Pace(2, TimeUnit.MILLISECONDS.toNanos(100));
  }

  static String text(int number) {
    return number < TEXTS.size() ? TEXTS.get(number) : Families.PARENTS.get(number - TEXTS.size());
  }

  /** A later version that does the same; all tasks stand behind a step that never runs. */
  static synchronized String later(int number) {
    return LATER_TEXTS.computeIfAbsent(number, Workflows::makeLater);
  }

  private static String makeLater(int number) {
    ObjectNode source = compiled(text(number)).source().deepCopy();
    source.withObject("/document").put("version", LATER);
    ObjectNode idle = source.withArray("/do").insertObject(0).putObject("idle");
    idle.put("if", "false").putObject("set").put("never", true);
    return source.toString();
  }

  /** Shared by all runs, since it takes longer than many of them. */
  static synchronized Definition compiled(String text) {
    return COMPILED.computeIfAbsent(text, Workflows::compile);
  }

  private static Definition compile(String text) {
    return switch (new DefinitionLoader().load(text, "simulated.yaml")) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new AssertionError(rejected.diagnostics().toString());
    };
  }
}
