package dev.capstan.verify.simulation;

import java.util.List;

/** Workflows that run others, which are deployed, and those others. */
final class Families {
  /** What runs children: each way in which one execution can be another one's matter. */
  static final List<String> PARENTS =
      List.of(
          """
          document: {dsl: '1.0.3', namespace: simulated, name: parent, version: '1.0.0'}
          do:
            - child: {run: {workflow: {namespace: simulated, name: child, version: '1.0.0'}}}
            - work: {call: sim-work, with: {n: 1}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: tired, version: '1.0.0'}
          do:
            - bounded:
                try: [{child: {run: {workflow: {namespace: simulated, name: endless, version: '1.0.0'}}, timeout: {after: {milliseconds: 60}}}}]
                catch: {errors: {with: {status: 408}}, do: [{instead: {set: {late: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: race, version: '1.0.0'}
          do:
            - fastest:
                fork:
                  compete: true
                  branches:
                    - one: {run: {workflow: {namespace: simulated, name: quick, version: '1.0.0'}}}
                    - other: {run: {workflow: {namespace: simulated, name: endless, version: '1.0.0'}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: begetter, version: '1.0.0'}
          do:
            - one: {run: {workflow: {namespace: simulated, name: quick, version: '1.0.0'}, await: false}}
            - other: {run: {workflow: {namespace: simulated, name: child, version: '1.0.0'}, await: false}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: ancestor, version: '1.0.0'}
          do:
            - line: {run: {workflow: {namespace: simulated, name: nested, version: '1.0.0', input: {n: 4}}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: chained, version: '1.0.0'}
          do:
            - bounded:
                try: [{chain: {run: {workflow: {namespace: simulated, name: chain, version: '1.0.0', input: {n: 3}}}, timeout: {after: {milliseconds: 400}}}}]
                catch: {errors: {with: {status: 408}}, do: [{instead: {set: {late: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: teller, version: '1.0.0'}
          do:
            - tell: {emit: {event: {with: {type: simulated.go}}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: stranger, version: '1.0.0'}
          do:
            - unknown:
                try: [{child: {run: {workflow: {namespace: simulated, name: nobody, version: latest}}}}]
                catch: {errors: {with: {status: 400}}, do: [{instead: {set: {unknown: true}}}]}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: follower, version: '1.0.0'}
          do:
            - newest: {run: {workflow: {namespace: simulated, name: young, version: latest}}}
          """);

  /** What is deployed before anything is started. */
  static final List<String> CHILDREN =
      List.of(
          """
          document: {dsl: '1.0.3', namespace: simulated, name: child, version: '1.0.0'}
          do:
            - work: {call: sim-work, with: {n: 1}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: quick, version: '1.0.0'}
          do:
            - set: {set: {quick: true}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: endless, version: '1.0.0'}
          do:
            - never: {listen: {to: {one: {with: {type: simulated.never}}}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: nested, version: '1.0.0'}
          do:
            - deeper:
                if: '${ .n > 0 }'
                run: {workflow: {namespace: simulated, name: nested, version: '1.0.0', input: {n: '${ .n - 1 }'}}}
          """,
          """
          document: {dsl: '1.0.3', namespace: simulated, name: chain, version: '1.0.0'}
          do:
            - pause: {wait: {milliseconds: 30}}
            - again:
                if: '${ .n > 0 }'
                run: {workflow: {namespace: simulated, name: chain, version: '1.0.0', input: {n: '${ .n - 1 }'}}, await: false}
                metadata: {capstan: {continueAsNew: true}}
                then: end
          """);

  /** A workflow of which there are newer and newer versions. */
  static final String YOUNG = "young";

  /** What runs the newest of those. */
  static final int FOLLOWER = Workflows.FIRST_PARENT + PARENTS.size() - 1;

  private Families() {}

  /** A version of {@link #YOUNG}. */
  static String young(int patch) {
    return """
    document: {dsl: '1.0.3', namespace: simulated, name: young, version: '%s'}
    do: [{set: {set: {n: 1}}}]
    """
        .formatted(version(patch));
  }

  static String version(int patch) {
    return "1.0." + patch;
  }
}
