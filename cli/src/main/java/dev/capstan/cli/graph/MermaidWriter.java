package dev.capstan.cli.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a graph as a flowchart for Mermaid. One is for one graph. */
final class MermaidWriter {
  private final List<String> lines = new ArrayList<>();

  String write(Graph graph) {
    lines.add("flowchart TD");
    element(graph.content(), "  ");
    graph.edges().forEach(edge -> lines.add("  " + edge(edge)));
    return String.join("\n", lines);
  }

  private void element(Element element, String indent) {
    switch (element) {
      case Element.Node node -> lines.add(indent + node.id() + shaped(node));
      case Element.Group group -> {
        lines.add(indent + "subgraph " + group.id() + "[" + quoted(group.title()) + "]");
        element(group.content(), indent + "  ");
        lines.add(indent + "end");
      }
      case Element.Column column -> column.elements().forEach(one -> element(one, indent));
      case Element.Beside beside -> {
        element(beside.main(), indent);
        element(beside.aside(), indent);
      }
      case Element.Row row -> row.elements().forEach(one -> element(one, indent));
    }
  }

  private static String shaped(Element.Node node) {
    String text =
        node.lines().isEmpty()
            ? "\" \""
            : "\""
                + node.lines().stream()
                    .map(MermaidText::escaped)
                    .collect(Collectors.joining("<br/>"))
                + "\"";
    return switch (node.shape()) {
      case TERMINAL -> "([" + text + "])";
      case DOT -> "((" + text + "))";
      case BOX -> "[" + text + "]";
      case ROUND -> "(" + text + ")";
      case RHOMBUS -> "{" + text + "}";
      case HEXAGON -> "{{" + text + "}}";
      case SLANTED -> "[/" + text + "/]";
      case FLAG -> ">" + text + "]";
      case MANUAL -> "[\\" + text + "/]";
    };
  }

  private static String edge(Edge edge) {
    String arrow = edge.dashed() ? " -.->" : " -->";
    String label = edge.label().isEmpty() ? " " : "|" + quoted(edge.label()) + "| ";
    return edge.from() + arrow + label + edge.to();
  }

  private static String quoted(String text) {
    return "\"" + MermaidText.escaped(text) + "\"";
  }
}
