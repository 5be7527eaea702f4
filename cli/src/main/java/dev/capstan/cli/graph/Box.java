package dev.capstan.cli.graph;

/** Where something is drawn, in pixels from the upper left corner. */
record Box(int x, int y, int width, int height) {
  static Box of(int left, int top, int right, int bottom) {
    return new Box(left, top, right - left, bottom - top);
  }

  boolean overlaps(Box other) {
    return x < other.right() && other.x < right() && y < other.bottom() && other.y < bottom();
  }

  Box movedUp(int by) {
    return new Box(x, y - by, width, height);
  }

  int right() {
    return x + width;
  }

  int bottom() {
    return y + height;
  }

  int centreX() {
    return x + width / 2;
  }

  int centreY() {
    return y + height / 2;
  }

  /** Whether a line that goes down from one point to another runs through it. */
  boolean isCrossed(int fromX, int fromY, int toX, int toY) {
    if (bottom() <= fromY || y >= toY) {
      return false;
    }
    double above = at(fromX, fromY, toX, toY, Math.max(fromY, y));
    double below = at(fromX, fromY, toX, toY, Math.min(toY, bottom()));
    return Math.max(above, below) > x && Math.min(above, below) < right();
  }

  private static double at(int fromX, int fromY, int toX, int toY, int height) {
    return fromX + (double) (toX - fromX) * (height - fromY) / (toY - fromY);
  }
}
