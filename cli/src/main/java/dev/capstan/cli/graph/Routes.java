package dev.capstan.cli.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
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
      case Element.Beside beside -> {
        collect(beside.main(), around);
        collect(beside.aside(), around);
      }
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
    if (isAcross(edge)) {
      return across(edge);
    }
    OptionalInt over = over(edge);
    return over.isPresent() ? over(edge, over.getAsInt()) : straight(edge);
  }

  /** Up, over what stands between, and down again. */
  private Route over(Edge edge, int y) {
    int fromX = obstacles().x(edge.from());
    int toX = box(edge.to()).centreX();
    String path =
        String.format(
            Locale.ROOT,
            "M%d %d V%d H%d V%d",
            fromX,
            box(edge.from()).y(),
            y,
            toX,
            box(edge.to()).y());
    return new Route(path, true, (fromX + toX) / 2, y - ACROSS_APART);
  }

  /** How high an edge runs to what stands to the right, with something between; else empty. */
  private OptionalInt over(Edge edge) {
    Box to = box(edge.to());
    if (!isLevel(edge) || to.x() < box(edge.from()).right()) {
      return OptionalInt.empty();
    }
    OptionalInt above = obstacles().above(edge.from(), to.centreX());
    if (above.isEmpty()) {
      return above;
    }
    // Apart from lines that come from a lane, which run at the first free height.
    int y = above.getAsInt() - 2 * ACROSS_APART;
    boolean free =
        obstacles().isOpen(edge.from(), obstacles().x(edge.from()), to.centreX(), y)
            && !obstacles().hidesUpright(edge.to(), to.centreX(), y, to.y());
    return free ? OptionalInt.of(y) : OptionalInt.empty();
  }

  private boolean isLevel(Edge edge) {
    return Math.abs(box(edge.from()).centreY() - box(edge.to()).centreY()) <= Layout.LEVEL;
  }

  private Obstacles obstacles() {
    return new Obstacles(boxes, frames);
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
    boolean apart = to.x() >= from.right() || from.x() >= to.right();
    if (!isLevel(edge) || !apart) {
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
    int lane = laneX(edge);
    String start = leaving(edge.from(), fromY, lane);
    int end = Outline.right(shape(edge.to()), to, toY);
    OptionalInt above =
        obstacles().hides(edge.to(), end, lane, toY)
            ? obstacles().above(edge.to(), lane)
            : OptionalInt.empty();
    if (above.isPresent()) {
      int x = obstacles().x(edge.to());
      int y = above.getAsInt();
      return new Route(
          start + " V" + y + " H" + x + " V" + to.y(), false, x + LABEL_MARGIN / 2, y - 3);
    }
    return new Route(start + " V" + toY + " H" + end, false, end + LABEL_MARGIN / 2, toY - 3);
  }

  /**
   * From a node to a lane: to the right, or from its bottom where something stands beside it. Where
   * neither is free, a line runs through a frame rather than behind a node.
   */
  private String leaving(String id, int wantedY, int lane) {
    Box from = box(id);
    int wanted = Outline.right(shape(id), from, wantedY);
    OptionalInt below = obstacles().below(id, lane);
    if (below.isPresent() && !obstacles().isOpen(id, wanted, lane, wantedY)) {
      return "M" + obstacles().x(id) + " " + from.bottom() + " V" + below.getAsInt() + " H" + lane;
    }
    for (int y = wantedY; y < from.bottom() - ACROSS_APART; y += ACROSS_APART) {
      int right = Outline.right(shape(id), from, y);
      if (!obstacles().hides(id, right, lane, y)) {
        return "M" + right + " " + y + " H" + lane;
      }
    }
    return "M" + wanted + " " + wantedY + " H" + lane;
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
      return isAcross(edge) || over(edge).isPresent();
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
