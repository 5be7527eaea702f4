package dev.capstan.cli.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where things are in an image. */
class GraphImageTest {
  private static final String BOOKED =
      """
      - nights:
          for: { in: .nights }
          do:
            - room:
                if: .wanted
                set: { x: 1 }
                metadata:
                  capstan:
                    compensate:
                      - call: { set: { x: 0 } }
                      - giveBack: { if: .late, set: { x: 0 } }
      - pay: { if: .dear, set: { x: 1 } }
      - car:
          set: { x: 1 }
          metadata: { capstan: { compensate: [ { bringBack: { set: { x: 0 } } } ] } }
      - trip:
          try: [ { go: { set: { x: 1 } } } ]
          catch: { do: [ { complain: { set: { x: 1 } } } ] }
          metadata: { capstan: { compensate: [ { forget: { set: { x: 0 } } } ] } }
      """;

  private final Map<String, Element.Node> nodes = new LinkedHashMap<>();
  private final List<Element.Group> groups = new ArrayList<>();

  private Routes routes(Graph graph) {
    collect(graph.content());
    return new Routes(new Element.Group("all", "", graph.content()), graph.edges());
  }

  private void collect(Element element) {
    switch (element) {
      case Element.Node node -> nodes.put(node.id(), node);
      case Element.Group group -> {
        groups.add(group);
        collect(group.content());
      }
      case Element.Column column -> column.elements().forEach(this::collect);
      case Element.Row row -> row.elements().forEach(this::collect);
      case Element.Beside beside -> {
        collect(beside.main());
        collect(beside.aside());
      }
    }
  }

  private static Graph own(String example) throws IOException {
    Path file = Path.of("../examples", example);
    return FlowGraph.of(Drawn.load(Files.readString(file), example));
  }

  /** Nodes that a line runs behind, by its ends. */
  private List<String> hidden(Graph graph) {
    Routes routes = routes(graph);
    List<String> hidden = new ArrayList<>();
    for (int i = 0; i < graph.edges().size(); i++) {
      Edge edge = graph.edges().get(i);
      List<int[]> points = points(routes.route(i).path());
      for (int p = 1; p < points.size(); p++) {
        int[] from = points.get(p - 1);
        int[] to = points.get(p);
        for (Element.Node node : nodes.values()) {
          boolean end = node.id().equals(edge.from()) || node.id().equals(edge.to());
          if (!end && isOn(routes.box(node.id()), from, to)) {
            hidden.add(edge + " behind " + node.lines());
          }
        }
      }
    }
    return hidden;
  }

  private static boolean isOn(Box box, int[] from, int[] to) {
    if (from[0] == to[0] || from[1] == to[1]) {
      return Box.of(
              Math.min(from[0], to[0]),
              Math.min(from[1], to[1]),
              Math.max(from[0], to[0]) + 1,
              Math.max(from[1], to[1]) + 1)
          .overlaps(box);
    }
    return from[1] < to[1]
        ? box.isCrossed(from[0], from[1], to[0], to[1])
        : box.isCrossed(to[0], to[1], from[0], from[1]);
  }

  private static List<int[]> points(String path) {
    List<int[]> points = new ArrayList<>();
    Matcher step = Pattern.compile("([MLHV])(\\d+)(?: (\\d+))?").matcher(path);
    while (step.find()) {
      int first = Integer.parseInt(step.group(2));
      points.add(
          switch (step.group(1)) {
            case "H" -> new int[] {first, points.getLast()[1]};
            case "V" -> new int[] {points.getLast()[0], first};
            default -> new int[] {first, Integer.parseInt(step.group(3))};
          });
    }
    return points;
  }

  @ParameterizedTest
  @MethodSource("dev.capstan.cli.graph.GraphExamplesTest#examples")
  void noLineRunsBehindANode(Path file) throws IOException {
    Graph graph = FlowGraph.of(Drawn.load(Files.readString(file), file.toString()));
    assertThat(hidden(graph)).isEmpty();
  }

  @Test
  void noLineRunsBehindWhatUndoesATask() {
    assertThat(hidden(FlowGraph.of(Drawn.definition(BOOKED)))).isEmpty();
  }

  @Test
  void whatUndoesATaskBeginsOnALevelWithItAndTheFlowRunsStraightDown() throws IOException {
    Graph graph = own("saga.yaml");
    Routes routes = routes(graph);
    Map<String, Box> boxes = new LinkedHashMap<>();
    nodes.values().stream()
        .filter(node -> !node.lines().isEmpty())
        .forEach(node -> boxes.put(node.lines().getFirst(), routes.box(node.id())));

    assertThat(box(boxes, "cancelFlight").centreY()).isEqualTo(box(boxes, "flight").centreY());
    assertThat(box(boxes, "cancelFlight").x()).isGreaterThan(box(boxes, "flight").right());
    assertThat(List.of("start", "flight", "seat", "hotel", "booked", "end"))
        .extracting(name -> box(boxes, name).centreX())
        .containsOnly(box(boxes, "start").centreX());
  }

  private static Box box(Map<String, Box> boxes, String name) {
    return Objects.requireNonNull(boxes.get(name), name);
  }

  @ParameterizedTest
  @MethodSource("dev.capstan.cli.graph.GraphExamplesTest#examples")
  void framesLieInEachOtherOrApart(Path file) throws IOException {
    Graph graph = FlowGraph.of(Drawn.load(Files.readString(file), file.toString()));
    Routes routes = routes(graph);
    List<Box> boxes = new ArrayList<>();
    nodes.keySet().forEach(id -> boxes.add(routes.box(id)));
    groups.forEach(group -> boxes.add(routes.box(group.id())));
    for (Box one : boxes) {
      assertThat(boxes)
          .allMatch(other -> !one.overlaps(other) || holds(one, other) || holds(other, one));
    }
  }

  private static boolean holds(Box outer, Box inner) {
    return outer.x() <= inner.x()
        && outer.y() <= inner.y()
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom();
  }

  @Test
  void aHumanTaskIsWiderAtItsTop() throws IOException {
    assertThat(
            Diagram.of(Drawn.load(Files.readString(Path.of("../examples/approval.yaml")), "a"))
                .svg())
        .containsPattern(
            "<polygon points=\"(\\d+),(\\d+) (\\d+),\\2 (\\d+),(\\d+) (\\d+),\\5\"/><text [^>]*>approve</text>")
        .contains(
            ">human task for finance</text>", ">$context.asked</text>", ">due within 2d</text>");
  }
}
