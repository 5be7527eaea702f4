package dev.capstan.cli.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which way the edges run. One that meets no node goes straight down. The others leave their node
 * to the right and run through the room at the right of the innermost frame that holds both ends;
 * those to the same node share a lane there.
 */
final class Routes {
  private static final int LANE = 12;
  private static final int LABEL_MARGIN = 16;

  /** From the middle of a small text to its baseline. */
  private static final int HALF_A_LINE = 4;

  private static final int ACROSS_APART = 4;

  private final Element.Group all;
  private final List<Edge> edges;
  private final Map<String, Element.Node> nodes = new LinkedHashMap<>();

  /** The frames around a node, from the outside to the inside. */
  private final Map<String, List<String>> frames = new LinkedHashMap<>();

  /** By index, as two edges may be equal. */
  private final Set<Integer> bent = new LinkedHashSet<>();

  private Map<String, Box> boxes;

  Routes(Element.Group all, List<Edge> edges) {
    this.all = all;
    this.edges = edges;
    collect(all, List.of());
    boxes = Layout.of(all, Map.of());
    // Room for lanes moves the boxes, so a line that was straight may meet one afterwards.
    while (bend()) {
      boxes = Layout.of(all, rooms());
    }
  }

  private void collect(Element element, List<String> around) {
    switch (element) {
      case Element.Node node -> {
        nodes.put(node.id(), node);
        frames.put(node.id(), around);
      }
      case Element.Group group -> {
        List<String> inside = new ArrayList<>(around);
        inside.add(group.id());
        collect(group.content(), inside);
      }
      case Element.Column column -> column.elements().forEach(one -> collect(one, around));
      case Element.Row row -> row.elements().forEach(one -> collect(one, around));
    }
  }

  Box box(String id) {
    return Objects.requireNonNull(boxes.get(id), id);
  }

  /**
   * A line.
   *
   * @param path as SVG writes it
   * @param labelX where its label is: the middle for straight lines, else the beginning
   */
  record Route(String path, boolean straight, int labelX, int labelY) {}

  Route route(int index) {
    if (bent.contains(index)) {
      return lane(index);
    }
    Edge edge = edges.get(index);
    return isAcross(edge) ? across(edge) : straight(edge);
  }

  /** A level line; those to the left run below those to the right. */
  private Route across(Edge edge) {
    Box from = box(edge.from());
    Box to = box(edge.to());
    boolean right = to.x() >= from.right();
    int away = right ? -ACROSS_APART : ACROSS_APART;
    int fromX = right ? from.right() : from.x();
    int toX = right ? to.x() : to.right();
    int fromY = from.centreY() + away;
    int toY = to.centreY() + away;
    String path = "M" + fromX + " " + fromY + " L" + toX + " " + toY;
    int labelY = (fromY + toY) / 2 + (right ? -2 * ACROSS_APART : 4 * ACROSS_APART);
    return new Route(path, true, (fromX + toX) / 2, labelY);
  }

  /** Whether an edge leads to what stands beside, with nothing between. */
  private boolean isAcross(Edge edge) {
    Box from = box(edge.from());
    Box to = box(edge.to());
    boolean level = Math.abs(from.centreY() - to.centreY()) <= Layout.LEVEL;
    boolean apart = to.x() >= from.right() || from.x() >= to.right();
    if (!level || !apart) {
      return false;
    }
    Box between =
        Box.of(
            Math.min(from.right(), to.right()),
            Math.min(from.centreY(), to.centreY()) - ACROSS_APART,
            Math.max(from.x(), to.x()),
            Math.max(from.centreY(), to.centreY()) + ACROSS_APART);
    return nodes.keySet().stream().map(this::box).noneMatch(between::overlaps);
  }

  private Route straight(Edge edge) {
    Box from = box(edge.from());
    Box to = box(edge.to());
    String path = "M" + from.centreX() + " " + from.bottom() + " L" + to.centreX() + " " + to.y();
    return new Route(
        path,
        true,
        (from.centreX() + to.centreX()) / 2,
        (from.bottom() + to.y()) / 2 + HALF_A_LINE);
  }

  private Route lane(int index) {
    Edge edge = edges.get(index);
    Box from = box(edge.from());
    Box to = box(edge.to());
    List<Integer> leaving =
        bent.stream().filter(i -> edges.get(i).from().equals(edge.from())).sorted().toList();
    List<Integer> coming =
        bent.stream().filter(i -> edges.get(i).to().equals(edge.to())).sorted().toList();
    // Leaving below the middle and coming above it, so that a way back to itself is seen.
    int fromY =
        from.centreY() + from.height() * (leaving.indexOf(index) + 1) / (2 * (leaving.size() + 1));
    int toY = to.y() + to.height() * (coming.indexOf(index) + 1) / (2 * (coming.size() + 1));
    int end = Outline.right(shape(edge.to()), to, toY);
    String path =
        String.format(
            Locale.ROOT,
            "M%d %d H%d V%d H%d",
            Outline.right(shape(edge.from()), from, fromY),
            fromY,
            laneX(edge),
            toY,
            end);
    return new Route(path, false, end + LABEL_MARGIN / 2, toY - 3);
  }

  private Shape shape(String id) {
    return Objects.requireNonNull(nodes.get(id), id).shape();
  }

  private int laneX(Edge edge) {
    String frame = innermost(edge);
    int contentRight = box(frame).right() - Layout.PADDING - room(frame);
    return contentRight + labels(frame) + LANE * (targets(frame).indexOf(edge.to()) + 1);
  }

  private boolean bend() {
    int before = bent.size();
    for (int i = 0; i < edges.size(); i++) {
      if (!isClear(edges.get(i))) {
        bent.add(i);
      }
    }
    return bent.size() > before;
  }

  private boolean isClear(Edge edge) {
    Box from = box(edge.from());
    Box to = box(edge.to());
    if (to.y() <= from.bottom()) {
      return isAcross(edge);
    }
    return nodes.keySet().stream()
        .filter(id -> !id.equals(edge.from()) && !id.equals(edge.to()))
        .noneMatch(id -> box(id).isCrossed(from.centreX(), from.bottom(), to.centreX(), to.y()));
  }

  private Map<String, Integer> rooms() {
    Map<String, Integer> rooms = new LinkedHashMap<>();
    bent.forEach(i -> rooms.computeIfAbsent(innermost(edges.get(i)), this::room));
    return rooms;
  }

  private int room(String frame) {
    return labels(frame) + LANE * (targets(frame).size() + 1);
  }

  /** The width of the widest label in a frame's lanes. */
  private int labels(String frame) {
    return LABEL_MARGIN
        + lanes(frame).stream().mapToInt(edge -> TextWidth.of(edge.label())).max().orElse(0);
  }

  private List<String> targets(String frame) {
    return lanes(frame).stream().map(Edge::to).distinct().toList();
  }

  private List<Edge> lanes(String frame) {
    return bent.stream()
        .sorted()
        .map(edges::get)
        .filter(edge -> innermost(edge).equals(frame))
        .toList();
  }

  private String innermost(Edge edge) {
    List<String> from = Objects.requireNonNull(frames.get(edge.from()), edge.from());
    List<String> to = Objects.requireNonNull(frames.get(edge.to()), edge.to());
    String innermost = all.id();
    for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
      if (from.get(i).equals(to.get(i))) {
        innermost = from.get(i);
      }
    }
    return innermost;
  }
}
