package dev.capstan.cli.graph;

import java.util.List;

/** What a diagram consists of. */
sealed interface Element {

  /**
   * One step.
   *
   * @param lines what is written in it; the first is its name
   */
  record Node(String id, Shape shape, List<String> lines) implements Element {
    public Node {
      lines = List.copyOf(lines);
    }
  }

  /** A frame around what belongs to one task. */
  record Group(String id, String title, Element content) implements Element {}

  /** One below the other. */
  record Column(List<Element> elements) implements Element {
    public Column {
      elements = List.copyOf(elements);
    }
  }

  /** What belongs to something, to the right of it; the flow runs on below {@code main}. */
  record Beside(Element main, Element aside) implements Element {}

  /** Side by side. */
  record Row(List<Element> elements) implements Element {
    public Row {
      elements = List.copyOf(elements);
    }
  }
}
