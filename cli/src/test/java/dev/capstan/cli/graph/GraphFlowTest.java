package dev.capstan.cli.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GraphFlowTest {
  @Test
  void tasksFollowEachOtherInTheOrderOfTheirList() {
    Drawn drawn =
        Drawn.of(
            """
            - a: { set: { x: 1 } }
            - b: { wait: { seconds: 1 } }
            """);

    assertThat(drawn.edges()).containsExactlyInAnyOrder("start -> a", "a -> b", "b -> end");
    assertThat(drawn.frames()).isEmpty();
  }

  @Test
  void aDirectiveNamesATaskBehindOrAhead() {
    Drawn drawn =
        Drawn.of(
            """
            - a: { set: { x: 1 }, then: c }
            - b: { set: { x: 1 } }
            - c: { set: { x: 1 }, then: b }
            """);

    assertThat(drawn.edges()).containsExactlyInAnyOrder("start -> a", "a -> c", "b -> c", "c -> b");
  }

  @Test
  void continueGoesOnAndExitAndEndOfTheTopLevelEndTheFlow() {
    Drawn drawn =
        Drawn.of(
            """
            - a: { set: { x: 1 }, then: continue }
            - b: { set: { x: 1 }, then: exit }
            - c: { set: { x: 1 }, then: end }
            - d: { set: { x: 1 } }
            """);

    assertThat(drawn.edges())
        .containsExactlyInAnyOrder("start -> a", "a -> b", "b -> end", "c -> end", "d -> end");
  }

  @Test
  void aConditionIsPassedByOnADashedEdge() {
    Drawn drawn =
        Drawn.of(
            """
            - a: { if: .x == 1, set: { x: 1 } }
            - b: { set: { x: 1 } }
            """);

    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> if", "if -> a", "if ..> b : skipped", "a -> b", "b -> end");
  }

  @Test
  void theDirectiveOfATaskThatIsSkippedDoesNotCount() {
    Drawn drawn =
        Drawn.of(
            """
            - a: { if: .x == 1, set: { x: 1 }, then: c }
            - b: { set: { x: 1 } }
            - c: { set: { x: 1 } }
            """);

    assertThat(drawn.edges())
        .contains("if ..> b : skipped", "a -> c")
        .doesNotContain("if ..> c : skipped");
  }

  @Test
  void theCasesOfASwitchAreLabelledEdges() {
    Drawn drawn =
        Drawn.of(
            """
            - choose:
                switch:
                  - small: { when: .x < 5, then: b }
                  - other: { then: end }
            - a: { set: { x: 1 } }
            - b: { set: { x: 1 } }
            """);

    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> choose",
            "choose -> b : small: .x < 5",
            "choose -> end : other",
            "a -> b",
            "b -> end");
  }

  @Test
  void aSwitchWithoutADefaultHasAnotherWayOn() {
    Drawn drawn =
        Drawn.of(
            """
            - choose: { switch: [ { small: { when: .x < 5, then: end } } ] }
            - a: { set: { x: 1 } }
            """);

    assertThat(drawn.edges()).contains("choose -> a : otherwise");
  }

  @Test
  void aFrameIsLeftFromItsLastTaskAndByExit() {
    Drawn drawn =
        Drawn.of(
            """
            - group:
                do:
                  - a: { set: { x: 1 }, then: exit }
                  - b: { set: { x: 1 }, then: end }
                  - c: { set: { x: 1 } }
            - d: { set: { x: 1 } }
            """);

    assertThat(drawn.frames()).containsExactly("group · do");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> [group]", "[group] -> a", "a -> d", "b -> end", "c -> d", "d -> end");
  }

  @Test
  void aLoopComesBackToItsHead() {
    Drawn drawn =
        Drawn.of(
            """
            - every:
                for: { each: thing, in: '${ .things }' }
                do: [ { a: { set: { x: 1 } } }, { b: { set: { x: 1 } } } ]
            - c: { set: { x: 1 } }
            """);

    assertThat(drawn.frames()).containsExactly("every · for");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> each thing",
            "each thing -> a : each",
            "a -> b",
            "b -> each thing",
            "each thing -> c : done",
            "c -> end");
  }

  @Test
  void theBranchesOfAForkComeTogether() {
    Drawn drawn =
        Drawn.of(
            """
            - all:
                fork:
                  branches:
                    - a: { set: { x: 1 }, then: exit }
                    - b: { if: .y, do: [ { c: { set: { x: 1 } } } ] }
                    - d: { set: { x: 1 }, then: end }
            - e: { set: { x: 1 } }
            """);

    assertThat(drawn.frames()).containsExactly("all · fork", "b · do");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> [all]",
            "[all] -> a",
            "[all] -> if",
            "[all] -> d",
            "a -> [/all]",
            "if -> [b]",
            "if ..> [/all] : skipped",
            "[b] -> c",
            "c -> [/all]",
            "d -> end",
            "[/all] -> e",
            "e -> end");
  }

  @Test
  void aForkWhoseBranchesCompeteSaysSo() {
    assertThat(
            Drawn.of("- race: { fork: { compete: true, branches: [ { a: { set: { x: 1 } } } ] } }")
                .frames())
        .containsExactly("race · fork, the first wins");
  }

  @Test
  void anErrorLeadsFromTryToCatch() {
    Drawn drawn =
        Drawn.of(
            """
            - risk:
                try: [ { a: { set: { x: 1 } } } ]
                catch:
                  errors: { with: { status: 503 } }
                  retry: { limit: { attempt: { count: 2 } } }
                  do: [ { b: { set: { x: 1 } } } ]
                  then: d
            - c: { set: { x: 1 } }
            - d: { set: { x: 1 } }
            """);

    assertThat(drawn.frames()).containsExactly("risk · try", "risk · catch");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> [risk]",
            "[risk] -> a",
            "a -> c",
            "[risk] ..> catch : error",
            "catch ..> [risk] : retry",
            "catch -> b",
            "b -> d",
            "c -> d",
            "d -> end");
  }

  @Test
  void anErrorThatIsSwallowedGoesOn() {
    Drawn drawn =
        Drawn.of(
            """
            - risk: { try: [ { a: { set: { x: 1 } } } ], catch: { as: error } }
            - b: { set: { x: 1 } }
            """);

    assertThat(drawn.edges()).contains("[risk] ..> catch : error", "catch -> b");
  }

  @Test
  void aCatchThatOnlyRetriesHasNoWayOn() {
    Drawn drawn =
        Drawn.of(
            """
            - risk:
                try: [ { a: { set: { x: 1 } } } ]
                catch: { retry: { limit: { attempt: { count: 2 } } } }
            """);

    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> [risk]",
            "[risk] -> a",
            "a -> end",
            "[risk] ..> catch : error",
            "catch ..> [risk] : retry");
  }

  @Test
  void whatIsDoneWithEachEventIsALoop() {
    Drawn drawn =
        Drawn.of(
            """
            - hear:
                listen: { to: { any: [], until: .enough } }
                foreach: { item: event, do: [ { a: { set: { x: 1 } } } ] }
            - b: { set: { x: 1 } }
            """);

    assertThat(drawn.frames()).containsExactly("hear · listen to any");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> each event",
            "each event -> a : each",
            "a -> each event",
            "each event -> b : done",
            "b -> end");
  }

  @Test
  void aListenWithoutTasksIsOneNode() {
    Drawn drawn = Drawn.of("- hear: { listen: { to: { one: { with: { type: a.b } } } } }");

    assertThat(drawn.frames()).isEmpty();
    assertThat(drawn.edges()).containsExactly("start -> hear", "hear -> end");
  }

  @Test
  void aRaisedErrorDoesNotGoOn() {
    Drawn drawn =
        Drawn.of(
            """
            - fail: { raise: { error: { type: 'https://example.com/broken', status: 500 } } }
            - after: { set: { x: 1 } }
            """);

    assertThat(drawn.edges()).containsExactlyInAnyOrder("start -> fail", "after -> end");
  }

  @Test
  void aFunctionIsDrawnOnceApartFromTheFlow() {
    Drawn drawn =
        Drawn.whole(
            """
            use:
              functions:
                greet: { set: { x: 1 } }
                both: { do: [ { inner: { call: greet } } ] }
            do:
              - a: { call: greet }
              - b: { call: both }
              - c: { call: 'https://example.com/f.yaml' }
            """);

    assertThat(drawn.frames()).contains("function greet", "function both");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> a",
            "a -> b",
            "b -> c",
            "c -> end",
            "[function greet] -> greet",
            "greet -> [/function greet]",
            "[function both] -> [both]",
            "[both] -> inner",
            "inner -> [/function both]");
  }

  @Test
  void anExtensionIsDrawnOnceWithAnExitThatLeavesWhatItExtends() {
    Drawn drawn =
        Drawn.whole(
            """
            use:
              extensions:
                - mock:
                    extend: call
                    when: .n == 1
                    before: [ { look: { set: { a: 1 } } }, { answer: { set: { b: 1 }, then: exit } } ]
                    after: [ { tidy: { set: { c: 1 } } } ]
            do:
              - ask: { call: http, with: { method: get, endpoint: 'https://example.com' } }
            """);

    assertThat(drawn.frames()).containsExactly("extension mock");
    assertThat(drawn.edges())
        .contains(
            "start -> ask",
            "ask -> end",
            "[extension mock] -> look",
            "look -> answer",
            "answer -> [/extension mock]",
            "extends call -> tidy",
            "tidy -> [/extension mock]");
  }
}
