package dev.capstan.dsl.jq;

/** What a parser does with tokens, whatever the grammar: looks at one, goes on, complains. */
abstract class TokenReader {
  private static final int MAX_NESTING = 600;

  final String text;
  final Lexer lexer;

  /** The token that is next to be read. */
  Token token;

  private int nesting;

  TokenReader(String text) throws JqSyntaxException {
    this.text = text;
    this.lexer = new Lexer(text);
    this.token = lexer.next();
  }

  final void expectEnd() throws JqSyntaxException {
    if (token.kind() != Token.Kind.END) {
      throw unexpected("an operator or the end");
    }
  }

  final void advance() throws JqSyntaxException {
    token = lexer.next();
  }

  final boolean accept(String symbol) throws JqSyntaxException {
    if (token.is(symbol)) {
      advance();
      return true;
    }
    return false;
  }

  final void expect(String symbol) throws JqSyntaxException {
    if (!accept(symbol)) {
      throw unexpected("'" + symbol + "'");
    }
  }

  final JqSyntaxException unexpected(String expected) {
    return error("found " + token.described() + ", expected " + expected, token.start());
  }

  final JqSyntaxException error(String message, int offset) {
    return new JqSyntaxException(message, text, offset);
  }

  final String expectVariable() throws JqSyntaxException {
    if (token.kind() != Token.Kind.VARIABLE) {
      throw unexpected("a variable");
    }
    String name = token.text();
    advance();
    return name;
  }

  final void enter() throws JqSyntaxException {
    if (++nesting > MAX_NESTING) {
      throw error("the program is nested deeper than " + MAX_NESTING + " levels", token.start());
    }
  }

  final void leave() {
    nesting--;
  }
}
