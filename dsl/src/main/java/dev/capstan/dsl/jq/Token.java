package dev.capstan.dsl.jq;

/** A word of a program. The text of a field, a variable or a format is its name alone. */
record Token(Kind kind, String text, int start, int end) {
  enum Kind {
    END,
    /** A name that is no keyword. */
    NAME,
    KEYWORD,
    /** {@code .name}. */
    FIELD,
    /** {@code $name}. */
    VARIABLE,
    /** {@code @name}. */
    FORMAT,
    NUMBER,
    /** The quotation mark that opens a string. */
    QUOTE,
    SYMBOL
  }

  boolean is(String symbol) {
    return (kind == Kind.SYMBOL || kind == Kind.KEYWORD) && text.equals(symbol);
  }

  String described() {
    return switch (kind) {
      case END -> "the end";
      case FIELD -> "'." + text + "'";
      case VARIABLE -> "'$" + text + "'";
      case FORMAT -> "'@" + text + "'";
      case QUOTE -> "a string";
      case NAME, KEYWORD, NUMBER, SYMBOL -> "'" + text + "'";
    };
  }
}
