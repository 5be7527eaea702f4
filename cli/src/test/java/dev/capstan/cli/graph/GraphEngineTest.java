package dev.capstan.cli.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What {@code metadata.capstan} says, drawn. */
class GraphEngineTest {
  private static String mermaid(String tasks) {
    return Diagram.of(Drawn.definition(tasks)).mermaid();
  }

  @Test
  void whatUndoesATaskStandsBesideItOnADashedEdge() {
    assertThat(
            mermaid(
                """
                - book:
                    set: { x: 1 }
                    metadata: { capstan: { compensate: [ { cancel: { set: { x: 0 } } }, { tell: { set: { x: 2 } } } ] } }
                - pay: { set: { x: 1 } }
                """))
        .isEqualTo(
            """
            flowchart TD
              n0(["start"])
              n2[/"book<br/>set"/]
              subgraph g0["book · compensate"]
                n5[/"cancel<br/>set"/]
                n6[/"tell<br/>set"/]
                n4((" "))
              end
              n3[/"pay<br/>set"/]
              n1(["end"])
              n0 --> n2
              n2 --> n3
              n2 -.->|"undo"| n5
              n3 --> n1
              n5 --> n6
              n6 --> n4\
            """);
  }

  @Test
  void endInWhatUndoesATaskEndsNoMoreThanThat() {
    Drawn drawn =
        Drawn.of(
            """
            - book:
                do: [ { inner: { set: { x: 1 }, then: end } } ]
                metadata:
                  capstan:
                    compensate:
                      - ask: { switch: [ { no: { when: .x, then: end } }, { yes: { then: both } } ] }
                      - both: { fork: { branches: [ { a: { set: { x: 1 }, then: end } } ] } }
            - after: { set: { x: 1 }, then: end }
            """);

    assertThat(drawn.frames()).containsExactly("book · do", "book · compensate", "both · fork");
    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> [book]",
            "[book] -> inner",
            "inner -> end",
            "[book] ..> ask : undo",
            "ask -> [/book] : no: .x",
            "ask -> [both] : yes",
            "[both] -> a",
            "a -> [/book]",
            "[/both] -> [/book]",
            "after -> end");
  }

  @Test
  void whatUndoesTasksOfLoopsAndTriesIsDrawnOnce() {
    Drawn drawn =
        Drawn.of(
            """
            - trip:
                try:
                  - nights:
                      for: { in: .nights }
                      do:
                        - room:
                            if: .wanted
                            set: { x: 1 }
                            metadata: { capstan: { compensate: [ { giveBack: { if: .late, set: { x: 0 } } } ] } }
                catch: {}
            """);

    assertThat(drawn.edges())
        .contains(
            "room ..> if : undo",
            "if ..> [room] : skipped",
            "giveBack -> [room]",
            "room -> each item",
            "[trip] ..> catch : error");
  }

  @Test
  void anExecutionThatContinuesAsTheSameWorkflowGoesBackToTheStart() {
    assertThat(
            mermaid(
                """
                - look: { set: { x: 1 } }
                - again:
                    run: { workflow: { namespace: test, name: drawn, version: latest }, await: false }
                    metadata: { capstan: { continueAsNew: true } }
                    then: end
                """))
        .isEqualTo(
            """
            flowchart TD
              n0(["start"])
              n2[/"look<br/>set"/]
              n3["again<br/>continue as test/drawn#64;latest"]
              n0 --> n2
              n2 --> n3
              n3 -->|"as a new execution"| n0\
            """);
  }

  @Test
  void anExecutionThatContinuesAsAnotherWorkflowEnds() {
    String text =
        """
        - next:
            run: { workflow: { namespace: test, name: '${ .name }', version: 1.0.0 } }
            metadata: { capstan: { continueAsNew: true } }
        - never: { set: { x: 1 } }
        """;

    assertThat(Drawn.of(text).edges())
        .containsExactlyInAnyOrder(
            "start -> next", "next -> end : as a new execution", "never -> end");
    assertThat(Drawn.of(text.replace("test", "shop").replace("'${ .name }'", "drawn")).edges())
        .contains("next -> end : as a new execution");
    assertThat(mermaid(text)).contains("\"next<br/>continue as test/#46;name#64;1.0.0\"");
  }

  @Test
  void whereTheSettingIsIgnoredAChildRuns() {
    Drawn drawn =
        Drawn.of(
            """
            - a:
                set: { x: 1 }
                metadata:
                  capstan:
                    compensate:
                      - child:
                          run: { workflow: { namespace: test, name: drawn, version: latest } }
                          metadata: { capstan: { continueAsNew: true } }
            - b:
                run: { workflow: { namespace: test, name: drawn, version: latest } }
                metadata: { capstan: { continueAsNew: false } }
            """);

    assertThat(drawn.edges())
        .containsExactlyInAnyOrder(
            "start -> a", "a -> b", "a ..> child : undo", "child -> [a]", "b -> end");
  }

  private static String asked(String human) {
    return mermaid(
        "- approve: { listen: { to: { one: { with: { type: a.b } } } }, metadata: { capstan: { human: "
            + human
            + " } } }");
  }

  @Test
  void aHumanTaskHasItsShapeAndSaysWhoDecidesWhat() {
    assertThat(asked("{ title: Pay it?, assignee: ada, candidates: [finance], due: { days: 2 } }"))
        .isEqualTo(
            """
            flowchart TD
              n0(["start"])
              n2[\\"approve<br/>human task for ada<br/>#34;Pay it?#34;<br/>due within 2d"/]
              n1(["end"])
              n0 --> n2
              n2 --> n1\
            """);
    assertThat(asked("{ title: '${ .question }', candidates: [finance, law], due: P1M }"))
        .contains(
            "approve<br/>human task for one of finance, law<br/>#46;question<br/>due within P1M");
    assertThat(asked("{ title: a, candidates: [finance] }"))
        .contains("human task for finance<br/>");
    assertThat(asked("{ title: a, candidates: '${ .them }' }"))
        .contains("human task for one of #46;them<br/>");
    assertThat(asked("{ title: a, assignee: '${ .boss }' }"))
        .contains("human task for #46;boss<br/>");
    assertThat(asked("{ title: a }")).contains("human task<br/>#34;a#34;\"/]");
  }

  @Test
  void aLongTitleIsShortenedAndAHostileOneIsText() {
    assertThat(asked("{ title: " + "y".repeat(100) + " }"))
        .contains("…".codePointAt(0) + ";")
        .doesNotContain("y".repeat(50));

    String hostile = "{ title: 'a\"/];<script>', assignee: \"b\\n&<i>\" }";
    assertThat(asked(hostile))
        .contains("human task for b #38;#60;i#62;<br/>#34;a#34;/#93;#59;#60;script#62;#34;\"/]");
    String svg =
        Diagram.of(
                Drawn.definition(
                    "- x: { listen: { to: { one: { with: { type: a.b } } } }, metadata: { capstan: { human: "
                        + hostile
                        + " } } }"))
            .svg();
    assertThat(svg)
        .contains("human task for b &amp;&lt;i&gt;<", "&quot;a&quot;/];&lt;script&gt;&quot;<")
        .doesNotContain("<script", "<i>");
  }

  @Test
  void anUpdateHasItsName() {
    String listen = "listen: { to: { any: [ { with: { type: a.b } } ], until: .enough }";
    String update = "metadata: { capstan: { update: { name: add-item } } }";

    assertThat(mermaid("- change: { " + listen + " }, " + update + " }"))
        .contains("n2(\"change<br/>update add-item\")");
    Drawn drawn =
        Drawn.of(
            "- change: { "
                + listen
                + " }, foreach: { do: [ { price: { set: { x: 1 } } } ] }, "
                + update
                + " }");
    assertThat(drawn.frames()).containsExactly("change · update add-item");
    assertThat(drawn.edges()).contains("each item -> price : each");
  }

  private static String loop(String parallel) {
    return mermaid(
        "- every: { for: { each: x, in: .all }, do: [ { a: { set: { x: 1 } } } ], metadata: { capstan: { parallel: "
            + parallel
            + " } } }");
  }

  @Test
  void aParallelLoopSaysHowManyRunAndWhatAnErrorDoes() {
    assertThat(loop("{ width: 10, onError: collect }"))
        .isEqualTo(
            """
            flowchart TD
              n0(["start"])
              subgraph g0["every · for"]
                n2("each x<br/>in #46;all<br/>at most 10 at a time<br/>errors are collected")
                n3[/"a<br/>set"/]
              end
              n1(["end"])
              n0 --> n2
              n2 -->|"each"| n3
              n2 -->|"done"| n1
              n3 --> n2\
            """);
    assertThat(loop("{ width: 1 }"))
        .contains("in #46;all<br/>one at a time<br/>an error ends the loop\")");
  }

  @Test
  void deadlinesStandAtTheStartInNodesAndOnFrames() {
    String text =
        Diagram.of(
                Drawn.load(
                    """
                    document:
                      dsl: '1.0.3'
                      namespace: test
                      name: drawn
                      version: '0.1.0'
                      metadata: { capstan: { deadline: '${ .end }' } }
                    do:
                      - a: { set: { x: 1 }, metadata: { capstan: { deadline: '2026-12-24T12:00:00Z' } } }
                      - b: { do: [ { c: { set: { x: 1 } } } ], metadata: { capstan: { deadline: '${ .soon }' } } }
                    """,
                    "drawn.yaml"))
            .mermaid();

    assertThat(text)
        .contains(
            "n0([\"start<br/>deadline #46;end\"])",
            "[/\"a<br/>set<br/>deadline 2026-12-24T12#58;00#58;00Z\"/]",
            "[\"b · do, deadline #46;soon\"]");
  }

  @Test
  void aTaskOfANodeSaysWhatItNeeds() {
    String told =
        "metadata: { capstan: { node: big, require: { gpu: true, zone: [a, b], cpu: { atLeast: 4 }, old: { exists: false } } } }";

    assertThat(mermaid("- a: { run: { shell: { command: ls } }, " + told + " }"))
        .contains(
            "\"a<br/>run shell<br/>needs gpu=true, zone=a#124;b, cpu#62;=4, no old<br/>on node big\"");
    assertThat(mermaid("- a: { set: { x: 1 }, " + told + " }")).contains("[/\"a<br/>set\"/]");
  }

  @Test
  void whatStandsApartMayEndWhereTheWorkflowItselfGoesOnForEver() {
    Drawn drawn =
        Drawn.whole(
            """
            use:
              functions:
                last: { do: [ { done: { set: { x: 1 }, then: end } } ] }
            do:
              - again:
                  run: { workflow: { namespace: test, name: drawn, version: latest } }
                  metadata: { capstan: { continueAsNew: true } }
            """);

    assertThat(drawn.edges()).contains("done -> end").noneMatch(edge -> edge.contains("null"));
  }
}
