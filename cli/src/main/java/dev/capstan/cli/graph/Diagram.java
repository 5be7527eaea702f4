package dev.capstan.cli.graph;

import dev.capstan.dsl.model.Definition;

/**
 * A definition as a diagram: tasks in the order of their lists, and every way that the flow can
 * take. The same definition gives the same text. Immutable; may be used by any thread.
 */
public final class Diagram {
  private final Graph graph;

  private Diagram(Graph graph) {
    this.graph = graph;
  }

  /** The diagram of a definition that has been validated. */
  public static Diagram of(Definition definition) {
    return new Diagram(FlowGraph.of(definition));
  }

  /** As text for Mermaid, a flowchart; without a line feed at its end. */
  public String mermaid() {
    return new MermaidWriter().write(graph);
  }

  /** As an image: one SVG element that refers to nothing outside of it and has no scripts. */
  public String svg() {
    return new SvgWriter(graph).write();
  }
}
