package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Style;

/** Where a task stands, in a word, a symbol and a colour. */
enum TaskState {
  PENDING("pending", "·", ".", Style.FAINT),
  RUNNING("running", "▶", ">", Style.BUSY),
  WAITING("waiting", "◷", "~", Style.BUSY),
  RETRYING("retrying", "↻", "!", Style.ATTENTION),
  SUSPENDED("suspended", "‖", "=", Style.ATTENTION),
  COMPLETED("completed", "✔", "+", Style.GOOD),
  SKIPPED("skipped", "↷", "-", Style.FAINT),
  FAULTED("faulted", "✘", "x", Style.BAD),
  CANCELLED("cancelled", "⊘", "o", Style.ATTENTION);

  private final String word;
  private final String symbol;
  private final String plainSymbol;
  private final Style style;

  TaskState(String word, String symbol, String plainSymbol, Style style) {
    this.word = word;
    this.symbol = symbol;
    this.plainSymbol = plainSymbol;
    this.style = style;
  }

  String word() {
    return word;
  }

  String symbol(boolean unicode) {
    return unicode ? symbol : plainSymbol;
  }

  Style style() {
    return style;
  }

  boolean hasEnded() {
    return switch (this) {
      case COMPLETED, SKIPPED, FAULTED, CANCELLED -> true;
      case PENDING, RUNNING, WAITING, RETRYING, SUSPENDED -> false;
    };
  }

  /** The state that a status word of the specification stands for. */
  static TaskState ofStatus(String word) {
    for (TaskState state : values()) {
      if (state.word.equals(word)) {
        return state;
      }
    }
    return RUNNING;
  }
}
