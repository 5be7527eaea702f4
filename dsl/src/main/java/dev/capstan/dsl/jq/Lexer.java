package dev.capstan.dsl.jq;

import java.util.List;

/**
 * Cuts a program into tokens, on demand: strings contain code, so only the parser knows how to read
 * on.
 */
final class Lexer {
  private static final List<String> KEYWORDS =
      List.of(
          "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch",
          "label", "import", "include", "and", "or");
  private static final List<String> SYMBOLS =
      List.of(
          "?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//",
          "..", "|", ",", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ":",
          ";", ".", "?");

  private final String text;
  private int at;

  Lexer(String text) {
    this.text = text;
  }

  void seek(int position) {
    at = position;
  }

  int position() {
    return at;
  }

  Token next() throws JqSyntaxException {
    skipBlank();
    int start = at;
    if (at >= text.length()) {
      return new Token(Token.Kind.END, "", start, start);
    }
    char c = text.charAt(at);
    if (c == '"') {
      at++;
      return token(Token.Kind.QUOTE, start, 0);
    }
    if (isNameStart(c)) {
      return name(start);
    }
    if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
      return number(start);
    }
    if (c == '.' && isNameStart(peek(1))) {
      at = nameEnd(at + 1);
      return token(Token.Kind.FIELD, start, 1);
    }
    if (c == '$') {
      return variable(start);
    }
    if (c == '@' && isNameStart(peek(1))) {
      at = nameEnd(at + 1);
      return token(Token.Kind.FORMAT, start, 1);
    }
    return symbol(start);
  }

  private Token variable(int start) throws JqSyntaxException {
    at++;
    skipBlank();
    int nameStart = at;
    at = nameEnd(at);
    if (at == nameStart || !isNameStart(text.charAt(nameStart))) {
      throw new JqSyntaxException(
          "found '$', expected the name of a variable after it", text, start);
    }
    return token(Token.Kind.VARIABLE, start, nameStart - start);
  }

  private Token symbol(int start) throws JqSyntaxException {
    for (String symbol : SYMBOLS) {
      if (text.startsWith(symbol, at)) {
        at += symbol.length();
        return token(Token.Kind.SYMBOL, start, 0);
      }
    }
    String found = text.substring(at, text.offsetByCodePoints(at, 1));
    throw new JqSyntaxException("found '" + found + "', which means nothing in jq", text, start);
  }

  private Token name(int start) {
    at = nameEnd(at);
    while (text.startsWith("::", at) && isNameStart(peek(2))) {
      at = nameEnd(at + 2);
    }
    boolean keyword = KEYWORDS.contains(text.substring(start, at));
    return token(keyword ? Token.Kind.KEYWORD : Token.Kind.NAME, start, 0);
  }

  private Token number(int start) {
    at = digits(at);
    if (peek(0) == '.') {
      at = digits(at + 1);
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      int sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (isDigit(peek(sign))) {
        at = digits(at + sign);
      }
    }
    return token(Token.Kind.NUMBER, start, 0);
  }

  private Token token(Token.Kind kind, int start, int prefix) {
    return new Token(kind, text.substring(start + prefix, at), start, at);
  }

  private int digits(int from) {
    int end = from;
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private int nameEnd(int from) {
    int end = from;
    while (end < text.length() && (isNameStart(text.charAt(end)) || isDigit(text.charAt(end)))) {
      end++;
    }
    return end;
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
  }

  private void skipBlank() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        skipComment();
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        at++;
      } else {
        return;
      }
    }
  }

  /** A comment goes on in the next line after an odd number of backslashes, as in Tcl. */
  private void skipComment() {
    boolean escaped = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n' && !escaped) {
        return;
      }
      escaped = c == '\\' ? !escaped : c == '\r' && escaped;
      at++;
    }
  }

  static boolean isNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
