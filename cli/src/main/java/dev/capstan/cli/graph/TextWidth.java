package dev.capstan.cli.graph;

import java.util.List;

/** How wide text is about to be; whoever shows the image chooses the font. */
final class TextWidth {
  private static final double NARROW = 7.4;
  private static final double WIDE = 14;

  /** Where scripts begin whose characters are about as wide as high. */
  private static final int FIRST_WIDE = 0x1100;

  private TextWidth() {}

  static int of(String text) {
    return (int) Math.ceil(text.codePoints().mapToDouble(TextWidth::of).sum());
  }

  static int of(List<String> lines) {
    return lines.stream().mapToInt(TextWidth::of).max().orElse(0);
  }

  private static double of(int character) {
    return character < FIRST_WIDE || (character >= 0x2000 && character < 0x2E80) ? NARROW : WIDE;
  }
}
