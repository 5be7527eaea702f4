package dev.capstan.verify.simulation;

import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is run: each way in which an execution can wait for something. */
final class Workflows {
  /** The cloud event that listening executions wait for. */
  static final String AWAITED = "simulated.go";

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
            - bounded:
                try: [{work: {call: sim-once, with: {n: 1}, metadata: {capstan: {recovery: fail}}}}]
                catch: {errors: {with: {status: 500}}, do: [{instead: {set: {lost: true}}}]}
          """);

  static final int COUNT = TEXTS.size();

  private static final Map<String, Definition> COMPILED = new HashMap<>();

  private Workflows() {}

  static String text(int number) {
    return TEXTS.get(number);
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
