package dev.capstan.cli.graph;

import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A graph for tests: nodes by what is written in them, dots by their frame. */
final class Drawn {
  private final Map<String, String> names = new LinkedHashMap<>();
  private final List<String> frames = new ArrayList<>();
  private final List<String> edges = new ArrayList<>();

  private Drawn(Graph graph) {
    collect(graph.content(), "");
    for (Edge edge : graph.edges()) {
      String arrow = edge.dashed() ? " ..> " : " -> ";
      String label = edge.label().isEmpty() ? "" : " : " + edge.label();
      edges.add(names.get(edge.from()) + arrow + names.get(edge.to()) + label);
    }
  }

  /** The graph of a definition whose {@code do} has these tasks. */
  static Drawn of(String tasks) {
    return new Drawn(FlowGraph.of(definition(tasks)));
  }

  /** The graph of a definition but for its {@code document}. */
  static Drawn whole(String text) {
    String document = "document: { dsl: '1.0.3', namespace: test, name: drawn, version: '0.1.0' }";
    return new Drawn(FlowGraph.of(load(document + "\n" + text, "drawn.yaml")));
  }

  static Definition definition(String tasks) {
    String text =
        "document: { dsl: '1.0.3', namespace: test, name: drawn, version: '0.1.0' }\ndo:\n"
            + tasks.indent(2);
    return load(text, "drawn.yaml");
  }

  static Definition load(String text, String name) {
    return switch (new DefinitionLoader().load(text, name)) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }

  private void collect(Element element, String frame) {
    switch (element) {
      case Element.Node node -> {
        String dot =
            names.containsValue("[" + frame + "]") ? "[/" + frame + "]" : "[" + frame + "]";
        names.put(node.id(), node.shape() == Shape.DOT ? dot : node.lines().getFirst());
      }
      case Element.Group group -> {
        frames.add(group.title());
        collect(group.content(), group.title().replaceFirst(" ·.*", ""));
      }
      case Element.Column column -> column.elements().forEach(one -> collect(one, frame));
      case Element.Beside beside -> {
        collect(beside.main(), frame);
        collect(beside.aside(), frame);
      }
      case Element.Row row -> row.elements().forEach(one -> collect(one, frame));
    }
  }

  List<String> edges() {
    return edges;
  }

  List<String> frames() {
    return frames;
  }
}
