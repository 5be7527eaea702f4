package dev.capstan.cli.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.cli.terminal.XmlText;
import dev.capstan.dsl.model.Definition;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class GraphTextTest {
  private static final String HOSTILE = "a\"];<script>#&'`\\n\n|{x}";

  private static Definition named(String name) {
    String quoted = name.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return Drawn.definition("- \"" + quoted + "\": { set: { x: 1 } }\n");
  }

  @Test
  void everyKindHasItsShape() {
    String text =
        Diagram.of(
                Drawn.definition(
                    """
                    - a: { set: { x: 1 } }
                    - b: { wait: { seconds: 1 } }
                    - c: { call: http, with: { method: get, endpoint: 'http://localhost/' } }
                    - d: { run: { shell: { command: ls } } }
                    - e: { emit: { event: { with: { type: a.b, source: 'http://localhost/' } } } }
                    - f: { switch: [ { g: { then: end } } ] }
                    - h: { raise: { error: { type: 'https://example.com/broken', status: 500 } } }
                    """))
            .mermaid();

    assertThat(text)
        .contains(
            "n0([\"start\"])",
            "n2[/\"a<br/>set\"/]",
            "n3(\"b<br/>wait\")",
            "n4[\"c<br/>call http\"]",
            "n5[\"d<br/>run shell\"]",
            "n6>\"e<br/>emit\"]",
            "n7{\"f<br/>switch\"}",
            "n8{{\"h<br/>raise\"}}",
            "n1([\"end\"])");
  }

  @Test
  void mermaidGetsHostileNamesAsNumbers() {
    assertThat(Diagram.of(named(HOSTILE)).mermaid())
        .isEqualTo(
            """
            flowchart TD
              n0(["start"])
              n2[/"a#34;#93;#59;#60;script#62;#35;#38;#39;#96;#92;n #124;#123;x#125;<br/>set"/]
              n1(["end"])
              n0 --> n2
              n2 --> n1\
            """);
  }

  @Test
  void mermaidTakesNoNameForMarkdownDirectivesOrStyles() {
    assertThat(MermaidText.escaped("1. x")).isEqualTo("1#46; x");
    assertThat(MermaidText.escaped("- x")).isEqualTo("#45; x");
    assertThat(MermaidText.escaped("_x_ my_task v1.2-b")).isEqualTo("#95;x#95; my_task v1.2-b");
    assertThat(MermaidText.escaped("$$")).isEqualTo("#36;#36;");
    assertThat(MermaidText.escaped("%%{init")).isEqualTo("#37;#37;#123;init");
    assertThat(MermaidText.escaped("style x:y")).isEqualTo("style x#58;y");
  }

  @Test
  void svgGetsHostileNamesAsText() {
    assertThat(Diagram.of(named(HOSTILE)).svg())
        .contains(">a&quot;];&lt;script&gt;#&amp;&#39;`\\n |{x}</text>")
        .doesNotContain("<script");
  }

  @Test
  void whatXmlCanNotHoldIsLeftOut() {
    assertThat(XmlText.escaped("a\u0000b\uD800c\uFFFEd")).isEqualTo("abcd");
  }

  @Test
  void whatTurnsTheDirectionOfTextIsNotShown() {
    assertThat(Labels.line("a\u202Eb\u0007\u2028c")).isEqualTo("a b c");
  }

  @Test
  void aLongConditionIsShortenedAndANameIsNot() {
    String name = "n".repeat(200);
    String text =
        Diagram.of(
                Drawn.definition(
                    "- " + name + ": { if: '.x == \"" + "y".repeat(100) + "\"', set: { x: 1 } }\n"))
            .mermaid();

    assertThat(text).contains(name, "…".codePointAt(0) + ";").doesNotContain("y".repeat(50));
  }

  @Test
  void aNameThatIsAWordOfMermaidIsOnlyALabel() {
    assertThat(Diagram.of(named("subgraph")).mermaid()).contains("n2[/\"subgraph<br/>set\"/]");
  }

  @Test
  void anImageHasTheSameDigitsInEveryLanguage() {
    Locale before = Locale.getDefault();
    String here = Diagram.of(named("a")).svg();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(Diagram.of(named("a")).svg()).isEqualTo(here);
    } finally {
      Locale.setDefault(before);
    }
  }
}
