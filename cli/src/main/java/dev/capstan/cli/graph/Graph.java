package dev.capstan.cli.graph;

import java.util.List;

/**
 * The diagram of a definition. Ids are made here and hold nothing from the definition.
 *
 * @param title what it shows
 */
record Graph(String title, Element content, List<Edge> edges) {
  Graph {
    edges = List.copyOf(edges);
  }
}
