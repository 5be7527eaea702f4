package dev.capstan.cli.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every node and frame its box: columns from top to bottom along one axis, on which the flow
 * runs straight down; rows from left to right. At its right side a frame keeps room for lines that
 * can't run straight.
 */
final class Layout {
  static final int PADDING = 16;
  static final int LINE_HEIGHT = 18;

  /** Nodes whose middles differ by less in height stand beside each other. */
  static final int LEVEL = 36;

  private static final int TITLE_HEIGHT = 22;
  private static final int GAP_ACROSS = 44;
  private static final int GAP_DOWN = 40;
  private static final int DOT = 14;

  /** By the frame's id, in pixels. */
  private final Map<String, Integer> rooms;

  private final Map<String, Box> boxes = new LinkedHashMap<>();

  private Layout(Map<String, Integer> rooms) {
    this.rooms = rooms;
  }

  /** The boxes by id; frames stand before what they hold. */
  static Map<String, Box> of(Element.Group all, Map<String, Integer> rooms) {
    Layout layout = new Layout(rooms);
    layout.place(all, 0, 0);
    return layout.boxes;
  }

  /**
   * How much an element takes.
   *
   * @param axis how far from its left side the flow runs through it
   */
  private record Size(int width, int height, int axis) {
    static Size centred(int width, int height) {
      return new Size(width, height, width / 2);
    }

    int afterAxis() {
      return width - axis;
    }
  }

  private int room(Element.Group group) {
    return rooms.getOrDefault(group.id(), 0);
  }

  private Size size(Element element) {
    return switch (element) {
      case Element.Node node -> size(node);
      case Element.Group group -> {
        Size content = size(group.content());
        int width = Math.max(content.width() + room(group), TextWidth.of(group.title()));
        int left = PADDING + (width - content.width() - room(group)) / 2;
        int height = content.height() + TITLE_HEIGHT + 2 * PADDING;
        yield new Size(width + 2 * PADDING, height, left + content.axis());
      }
      case Element.Column column -> {
        List<Size> sizes = column.elements().stream().map(this::size).toList();
        int axis = sizes.stream().mapToInt(Size::axis).max().orElse(0);
        yield new Size(
            axis + sizes.stream().mapToInt(Size::afterAxis).max().orElse(0),
            sizes.stream().mapToInt(Size::height).sum() + gaps(sizes, GAP_DOWN),
            axis);
      }
      case Element.Row row -> {
        List<Size> sizes = row.elements().stream().map(this::size).toList();
        yield Size.centred(
            sizes.stream().mapToInt(Size::width).sum() + gaps(sizes, GAP_ACROSS),
            sizes.stream().mapToInt(Size::height).max().orElse(0));
      }
      case Element.Beside beside -> {
        Size main = size(beside.main());
        Size aside = size(beside.aside());
        int lower = lower(beside);
        int height =
            Math.max(main.height() + Math.max(0, lower), aside.height() + Math.max(0, -lower));
        yield new Size(main.width() + GAP_ACROSS + aside.width(), height, main.axis());
      }
    };
  }

  /** By how much what is beside something makes it stand lower, so that both begin on a level. */
  private static int lower(Element.Beside beside) {
    return firstLevel(beside.aside()) - firstLevel(beside.main());
  }

  /** How far below the top of an element the middle of its first node is. */
  private static int firstLevel(Element element) {
    return switch (element) {
      case Element.Node node -> size(node).height() / 2;
      case Element.Group group -> PADDING + TITLE_HEIGHT + firstLevel(group.content());
      case Element.Column column -> firstLevel(column.elements());
      case Element.Row row -> firstLevel(row.elements());
      case Element.Beside beside -> Math.max(firstLevel(beside.main()), firstLevel(beside.aside()));
    };
  }

  private static int firstLevel(List<Element> elements) {
    return elements.isEmpty() ? 0 : firstLevel(elements.getFirst());
  }

  private static int gaps(List<Size> sizes, int gap) {
    return Math.max(0, sizes.size() - 1) * gap;
  }

  private static Size size(Element.Node node) {
    int width = TextWidth.of(node.lines()) + 24;
    int height = node.lines().size() * LINE_HEIGHT + 14;
    return switch (node.shape()) {
      case DOT -> Size.centred(DOT, DOT);
      case BOX, ROUND, TERMINAL -> Size.centred(width, height);
      case HEXAGON, SLANTED, FLAG, MANUAL -> Size.centred(width + 24, height);
      case RHOMBUS -> Size.centred(width * 3 / 2, height * 3 / 2);
    };
  }

  private void place(Element element, int x, int y) {
    Size size = size(element);
    switch (element) {
      case Element.Node node -> boxes.put(node.id(), box(x, y, size));
      case Element.Group group -> {
        boxes.put(group.id(), box(x, y, size));
        int free = size.width() - 2 * PADDING - room(group) - size(group.content()).width();
        place(group.content(), x + PADDING + free / 2, y + PADDING + TITLE_HEIGHT);
      }
      case Element.Column column -> {
        int top = y;
        for (Element one : column.elements()) {
          Size its = size(one);
          place(one, x + size.axis() - its.axis(), top);
          top += its.height() + GAP_DOWN;
        }
      }
      case Element.Row row -> {
        int left = x;
        for (Element one : row.elements()) {
          place(one, left, y);
          left += size(one).width() + GAP_ACROSS;
        }
      }
      case Element.Beside beside -> {
        int lower = lower(beside);
        place(beside.main(), x, y + Math.max(0, lower));
        int aside = x + size(beside.main()).width() + GAP_ACROSS;
        place(beside.aside(), aside, y + Math.max(0, -lower));
      }
    }
  }

  private static Box box(int x, int y, Size size) {
    return new Box(x, y, size.width(), size.height());
  }
}
