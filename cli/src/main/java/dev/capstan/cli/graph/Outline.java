package dev.capstan.cli.graph;

import java.util.Locale;

/** The outlines of nodes as SVG. */
final class Outline {
  /** How far slanted sides lean. */
  private static final int LEAN = 12;

  private Outline() {}

  /** The element that draws it. */
  static String svg(Shape shape, Box box) {
    return switch (shape) {
      case TERMINAL, DOT -> rectangle(box, box.height() / 2);
      case BOX -> rectangle(box, 2);
      case ROUND -> rectangle(box, 10);
      case RHOMBUS ->
          polygon(
              box.centreX(),
              box.y(),
              box.right(),
              box.centreY(),
              box.centreX(),
              box.bottom(),
              box.x(),
              box.centreY());
      case HEXAGON ->
          polygon(
              box.x() + LEAN,
              box.y(),
              box.right() - LEAN,
              box.y(),
              box.right(),
              box.centreY(),
              box.right() - LEAN,
              box.bottom(),
              box.x() + LEAN,
              box.bottom(),
              box.x(),
              box.centreY());
      case SLANTED ->
          polygon(
              box.x() + LEAN,
              box.y(),
              box.right(),
              box.y(),
              box.right() - LEAN,
              box.bottom(),
              box.x(),
              box.bottom());
      case FLAG ->
          polygon(
              box.x(),
              box.y(),
              box.right(),
              box.y(),
              box.right(),
              box.bottom(),
              box.x(),
              box.bottom(),
              box.x() + LEAN,
              box.centreY());
      case MANUAL ->
          polygon(
              box.x(),
              box.y(),
              box.right(),
              box.y(),
              box.right() - LEAN,
              box.bottom(),
              box.x() + LEAN,
              box.bottom());
    };
  }

  /** Where its right side is at a height. */
  static int right(Shape shape, Box box, int y) {
    int away = Math.abs(y - box.centreY());
    int half = Math.max(1, box.height() / 2);
    return switch (shape) {
      case BOX, ROUND, FLAG -> box.right();
      case TERMINAL, DOT ->
          box.right() - half + (int) Math.sqrt(Math.max(0, half * half - away * away));
      case RHOMBUS -> box.right() - box.width() / 2 * away / half;
      case HEXAGON -> box.right() - LEAN * away / half;
      case SLANTED, MANUAL -> box.right() - LEAN * (y - box.y()) / box.height();
    };
  }

  private static String rectangle(Box box, int corner) {
    return String.format(
        Locale.ROOT,
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>",
        box.x(),
        box.y(),
        box.width(),
        box.height(),
        corner);
  }

  private static String polygon(int... points) {
    StringBuilder text = new StringBuilder("<polygon points=\"");
    for (int i = 0; i < points.length; i += 2) {
      text.append(i == 0 ? "" : " ").append(points[i]).append(',').append(points[i + 1]);
    }
    return text.append("\"/>").toString();
  }
}
