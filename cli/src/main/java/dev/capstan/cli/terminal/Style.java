package dev.capstan.cli.terminal;

/** Colours with a meaning. The meaning is always in the words, too. */
public enum Style {
  GOOD("32"),
  BAD("31"),
  BUSY("36"),
  ATTENTION("33"),
  FAINT("2"),
  STRONG("1");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  /** The text in this colour, or as it is. */
  public String paint(String text, boolean colour) {
    return colour && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
