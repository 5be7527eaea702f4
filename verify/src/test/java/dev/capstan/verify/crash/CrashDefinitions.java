package dev.capstan.verify.crash;

import java.util.List;

/**
 * Workflows that leave something of every kind behind when they are cut off: attempts, timers,
 * subscriptions, branches, messages.
 */
public final class CrashDefinitions {
  /** All of them, in the namespace {@code crash}. */
  public static final List<String> ALL =
      List.of(
          """
          document: {dsl: '1.0.3', namespace: crash, name: steps, version: '1.0.0'}
          do:
            - one: {call: 'capstan:noop', with: {output: '${ {n: .number} }'}}
            - two: {set: {n: '${ .n + 1 }'}}
            - three: {call: 'capstan:noop', with: {output: '${ {n: (.n + 1)} }'}, export: {as: '${ {seen: .n} }'}}
            - four: {set: '${ {n: $context.seen} }'}
          """,
          """
          document: {dsl: '1.0.3', namespace: crash, name: branches, version: '1.0.0'}
          do:
            - all:
                fork:
                  branches:
                    - a: {call: 'capstan:noop', with: {output: 1}}
                    - b: {do: [{pause: {wait: {milliseconds: 200}}}, {c: {call: 'capstan:noop', with: {output: 2}}}]}
                    - d: {emit: {event: {with: {type: crash.said}}}, output: {as: .type}}
          """,
          """
          document: {dsl: '1.0.3', namespace: crash, name: waits, version: '1.0.0'}
          do:
            - pause: {wait: {milliseconds: 300}}
            - again:
                try:
                  - odd: {switch: [{first: {when: $context.tried == null, then: fail}}, {other: {then: exit}}]}
                  - fail: {set: {tried: true}, export: {as: '${ {tried: true} }'}}
                  - bad: {raise: {error: {type: 'https://example.com/again', status: 500}}}
                catch: {retry: {delay: {milliseconds: 100}, limit: {attempt: {count: 3}}}}
            - last: {call: 'capstan:noop', with: {output: done}}
          """);

  private CrashDefinitions() {}
}
