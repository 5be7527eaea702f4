package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a program by recursive descent, binary operators by precedence. Follows the grammar of jq
 * 1.7, and is more generous in one place: values of object constructors may use operators without
 * parentheses.
 */
final class Parser extends TokenReader {
  private static final int MAX_LENGTH = 64 * 1024;

  /** Whether a comma is an operator here; it is not between the values of an object. */
  private boolean commas = true;

  private Parser(String text) throws JqSyntaxException {
    super(text);
  }

  static Ast parse(String text) throws JqSyntaxException {
    if (text.length() > MAX_LENGTH) {
      throw new JqSyntaxException(
          "the program has " + text.length() + " characters, more than " + MAX_LENGTH,
          text,
          MAX_LENGTH);
    }
    Parser parser = new Parser(text);
    Ast ast = parser.token.kind() == Token.Kind.END ? new Ast.Identity() : parser.pipe();
    parser.expectEnd();
    return ast;
  }

  /** Reads definitions only, for the prelude. */
  static List<Ast.Function> definitions(String text) throws JqSyntaxException {
    Parser parser = new Parser(text);
    List<Ast.Function> functions = new ArrayList<>();
    while (parser.token.is("def")) {
      functions.add(parser.function());
    }
    parser.expectEnd();
    return functions;
  }

  // Pipes and operators

  private Ast pipe() throws JqSyntaxException {
    enter();
    List<Ast> stages = new ArrayList<>();
    Ast last;
    do {
      last = token.is("def") ? define() : binary(commas ? 1 : 2);
      stages.add(last);
    } while (!(last instanceof Ast.Define) && accept("|"));
    leave();
    Ast ast = last;
    for (int i = stages.size() - 2; i >= 0; i--) {
      ast = new Ast.Pipe(stages.get(i), ast);
    }
    return ast;
  }

  private Ast define() throws JqSyntaxException {
    Ast.Function function = function();
    boolean alone = token.kind() == Token.Kind.END;
    return new Ast.Define(function, alone ? new Ast.Identity() : pipe());
  }

  /** A pipe inside of brackets, where commas are operators again. */
  private Ast bracketed() throws JqSyntaxException {
    boolean before = commas;
    commas = true;
    Ast ast = pipe();
    commas = before;
    return ast;
  }

  private Ast binary(int least) throws JqSyntaxException {
    enter();
    Ast ast = operations(least);
    leave();
    return ast;
  }

  private Ast operations(int least) throws JqSyntaxException {
    Ast left = operand();
    while (true) {
      int precedence = precedence(token);
      if (precedence < least) {
        return left;
      }
      if (precedence == 1) {
        left = comma(left);
        continue;
      }
      String symbol = token.text();
      advance();
      boolean rightAssociative = precedence == 2;
      Ast right = binary(rightAssociative ? 2 : precedence + 1);
      left = operation(symbol, left, right);
      boolean single = precedence == 3 || precedence == 6;
      if (single && precedence(token) == precedence) {
        throw unexpected("parentheses, since '" + symbol + "' does not chain");
      }
    }
  }

  private Ast comma(Ast first) throws JqSyntaxException {
    List<Ast> parts = new ArrayList<>();
    parts.add(first);
    while (accept(",")) {
      parts.add(binary(2));
    }
    return new Ast.Comma(parts);
  }

  private static int precedence(Token token) {
    if (token.kind() != Token.Kind.SYMBOL && token.kind() != Token.Kind.KEYWORD) {
      return 0;
    }
    return switch (token.text()) {
      case "," -> 1;
      case "//" -> 2;
      case "=", "|=", "+=", "-=", "*=", "/=", "%=", "//=" -> 3;
      case "or" -> 4;
      case "and" -> 5;
      case "==", "!=", "<", "<=", ">", ">=" -> 6;
      case "+", "-" -> 7;
      case "*", "/", "%" -> 8;
      default -> 0;
    };
  }

  private static Ast operation(String symbol, Ast left, Ast right) {
    return switch (symbol) {
      case "//" -> new Ast.Alternative(left, right);
      case "=" -> new Ast.Assign(left, right);
      case "|=" -> new Ast.Modify(left, right);
      case "//=" -> new Ast.Update(null, left, right);
      case "+=", "-=", "*=", "/=", "%=" ->
          new Ast.Update(Operator.of(symbol.substring(0, 1)), left, right);
      case "or" -> new Ast.Or(left, right);
      case "and" -> new Ast.And(left, right);
      default -> new Ast.Binary(Operator.of(symbol), left, right);
    };
  }

  private Ast operand() throws JqSyntaxException {
    enter();
    try {
      if (accept("-")) {
        return new Ast.Negate(operand());
      }
      if (token.is("def")) {
        return define();
      }
      if (accept("label")) {
        String name = expectVariable();
        expect("|");
        return new Ast.Label(name, pipe());
      }
      Ast term = postfix();
      if (!accept("as")) {
        return term;
      }
      List<Ast.Pattern> patterns = patterns();
      expect("|");
      return new Ast.Bind(term, patterns, pipe());
    } finally {
      leave();
    }
  }

  // Terms

  private Ast postfix() throws JqSyntaxException {
    Ast term = primary();
    while (true) {
      if (token.kind() == Token.Kind.FIELD) {
        term = new Ast.Index(term, literal(token.text()));
        advance();
      } else if (token.is("[")) {
        term = bracketSuffix(term);
      } else if (token.is("?//") || token.is("?//=")) {
        // Outside of patterns this is a `?` with `//` written right behind it.
        token =
            new Token(Token.Kind.SYMBOL, token.text().substring(1), token.start() + 1, token.end());
        term = new Ast.Try(term, null);
      } else if (accept("?")) {
        term = new Ast.Try(term, null);
      } else if (token.is(".")) {
        term = dotSuffix(term);
      } else {
        return term;
      }
    }
  }

  private Ast dotSuffix(Ast term) throws JqSyntaxException {
    advance();
    if (token.kind() == Token.Kind.QUOTE) {
      return new Ast.Index(term, string(null));
    }
    if (token.is("[")) {
      return bracketSuffix(term);
    }
    throw unexpected("a field or '['");
  }

  private Ast bracketSuffix(Ast target) throws JqSyntaxException {
    expect("[");
    if (accept("]")) {
      return new Ast.Iterate(target);
    }
    if (accept(":")) {
      Ast to = bracketed();
      expect("]");
      return new Ast.Slice(target, null, to);
    }
    Ast index = bracketed();
    if (accept("]")) {
      return new Ast.Index(target, index);
    }
    if (!accept(":")) {
      throw unexpected("']' or ':'");
    }
    if (accept("]")) {
      return new Ast.Slice(target, index, null);
    }
    Ast to = bracketed();
    expect("]");
    return new Ast.Slice(target, index, to);
  }

  private Ast primary() throws JqSyntaxException {
    Token first = token;
    return switch (first.kind()) {
      case NUMBER -> {
        advance();
        yield new Ast.Literal(
            Num.parse(first.text().startsWith(".") ? "0" + first.text() : first.text()));
      }
      case QUOTE -> string(null);
      case FORMAT -> {
        advance();
        yield token.kind() == Token.Kind.QUOTE
            ? string(first.text())
            : new Ast.Format(first.text(), first.start());
      }
      case FIELD -> {
        advance();
        yield new Ast.Index(new Ast.Identity(), literal(first.text()));
      }
      case VARIABLE -> {
        advance();
        yield first.text().equals("__loc__")
            ? location(first)
            : new Ast.Variable(first.text(), first.start());
      }
      case NAME -> call();
      case KEYWORD -> keyword();
      case SYMBOL -> symbolTerm();
      case END -> throw unexpected("an expression");
    };
  }

  private Ast symbolTerm() throws JqSyntaxException {
    if (accept("..")) {
      return new Ast.RecurseAll();
    }
    if (accept(".")) {
      return token.kind() == Token.Kind.QUOTE
          ? new Ast.Index(new Ast.Identity(), string(null))
          : new Ast.Identity();
    }
    if (accept("(")) {
      Ast inner = bracketed();
      expect(")");
      return inner;
    }
    if (accept("[")) {
      if (accept("]")) {
        return new Ast.ArrayOf(null);
      }
      Ast items = bracketed();
      expect("]");
      return new Ast.ArrayOf(items);
    }
    if (accept("{")) {
      return object();
    }
    throw unexpected("an expression");
  }

  private Ast keyword() throws JqSyntaxException {
    if (accept("if")) {
      return condition();
    }
    if (accept("try")) {
      Ast body = tryOperand();
      return new Ast.Try(body, accept("catch") ? tryOperand() : null);
    }
    if (accept("reduce")) {
      return reduce();
    }
    if (accept("foreach")) {
      return foreach();
    }
    if (token.is("import") || token.is("include")) {
      throw error("found " + token.described() + ", but modules are not supported", token.start());
    }
    throw unexpected("an expression");
  }

  private Ast tryOperand() throws JqSyntaxException {
    enter();
    Ast operand = accept("-") ? new Ast.Negate(postfix()) : postfix();
    leave();
    return operand;
  }

  private Ast condition() throws JqSyntaxException {
    enter();
    Ast condition = bracketed();
    expect("then");
    Ast then = bracketed();
    Ast otherwise = null;
    if (accept("elif")) {
      otherwise = condition();
    } else if (accept("else")) {
      otherwise = bracketed();
      expect("end");
    } else if (!accept("end")) {
      throw unexpected("'elif', 'else' or 'end'");
    }
    leave();
    return new Ast.If(condition, then, otherwise);
  }

  private Ast reduce() throws JqSyntaxException {
    Ast source = postfix();
    expect("as");
    List<Ast.Pattern> patterns = patterns();
    expect("(");
    Ast init = bracketed();
    expect(";");
    Ast update = bracketed();
    expect(")");
    return new Ast.Reduce(source, patterns, init, update);
  }

  private Ast foreach() throws JqSyntaxException {
    Ast source = postfix();
    expect("as");
    List<Ast.Pattern> patterns = patterns();
    expect("(");
    Ast init = bracketed();
    expect(";");
    Ast update = bracketed();
    Ast extract = accept(";") ? bracketed() : null;
    expect(")");
    return new Ast.Foreach(source, patterns, init, update, extract);
  }

  private Ast call() throws JqSyntaxException {
    Token name = token;
    advance();
    if (name.text().equals("break") && token.kind() == Token.Kind.VARIABLE) {
      return new Ast.Exit(expectVariable(), name.start());
    }
    List<Ast> arguments = new ArrayList<>();
    if (accept("(")) {
      do {
        arguments.add(bracketed());
      } while (accept(";"));
      if (!token.is(")")) {
        throw unexpected("';' or ')'");
      }
      advance();
    }
    if (arguments.isEmpty()) {
      switch (name.text()) {
        case "null" -> {
          return new Ast.Literal(NullNode.getInstance());
        }
        case "true" -> {
          return new Ast.Literal(BooleanNode.TRUE);
        }
        case "false" -> {
          return new Ast.Literal(BooleanNode.FALSE);
        }
        default -> {}
      }
    }
    return new Ast.Call(name.text(), arguments, name.start());
  }

  private Ast.Function function() throws JqSyntaxException {
    expect("def");
    Token name = token;
    if (name.kind() != Token.Kind.NAME && name.kind() != Token.Kind.KEYWORD) {
      throw unexpected("the name of a function");
    }
    advance();
    List<String> parameters = new ArrayList<>();
    if (accept("(")) {
      do {
        parameters.add(parameter());
      } while (accept(";"));
      expect(")");
    }
    expect(":");
    Ast body = bracketed();
    expect(";");
    return new Ast.Function(name.text(), parameters, body);
  }

  private String parameter() throws JqSyntaxException {
    if (token.kind() == Token.Kind.VARIABLE) {
      return "$" + expectVariable();
    }
    if (token.kind() != Token.Kind.NAME && token.kind() != Token.Kind.KEYWORD) {
      throw unexpected("the name of a parameter");
    }
    String name = token.text();
    advance();
    return name;
  }

  private Ast location(Token at) {
    int line = 1 + (int) text.chars().limit(at.start()).filter(c -> c == '\n').count();
    return new Ast.Literal(
        JsonNodeFactory.instance.objectNode().put("file", "<top-level>").put("line", line));
  }

  private static Ast.Literal literal(String value) {
    return new Ast.Literal(TextNode.valueOf(value));
  }

  // Strings

  private Ast string(@Nullable String format) throws JqSyntaxException {
    int offset = token.start();
    lexer.seek(token.end());
    List<Ast.Piece> pieces = new ArrayList<>();
    StringBuilder chunk = new StringBuilder();
    while (StringLiteral.readChunk(text, lexer, chunk)) {
      pieces.add(new Ast.Piece(chunk.toString(), null));
      chunk.setLength(0);
      advance();
      Ast code = bracketed();
      if (!token.is(")")) {
        throw unexpected("')' after the interpolated expression");
      }
      lexer.seek(token.end());
      pieces.add(new Ast.Piece(null, code));
    }
    advance();
    if (pieces.isEmpty() && format == null) {
      return literal(chunk.toString());
    }
    pieces.add(new Ast.Piece(chunk.toString(), null));
    return new Ast.Text(format, pieces, offset);
  }

  // Objects

  private Ast object() throws JqSyntaxException {
    List<Ast.Entry> entries = new ArrayList<>();
    while (!token.is("}")) {
      entries.add(entry());
      if (!token.is("}")) {
        if (!token.is(",")) {
          throw unexpected("',' or '}'");
        }
        advance();
      }
    }
    advance();
    return new Ast.ObjectOf(entries);
  }

  private Ast.Entry entry() throws JqSyntaxException {
    Token first = token;
    if (first.kind() == Token.Kind.VARIABLE) {
      return variableEntry(first);
    }
    if (accept("(")) {
      Ast key = bracketed();
      expect(")");
      return new Ast.Entry(key, entryValue());
    }
    Ast key = key();
    Ast value = token.is(":") ? entryValue() : new Ast.Index(new Ast.Identity(), key);
    return new Ast.Entry(key, value);
  }

  private Ast.Entry variableEntry(Token variable) throws JqSyntaxException {
    advance();
    Ast value =
        variable.text().equals("__loc__")
            ? location(variable)
            : new Ast.Variable(variable.text(), variable.start());
    return token.is(":")
        ? new Ast.Entry(value, entryValue())
        : new Ast.Entry(literal(variable.text()), value);
  }

  /** A key of an object or of an object pattern that is neither a variable nor in parentheses. */
  private Ast key() throws JqSyntaxException {
    Token first = token;
    return switch (first.kind()) {
      case NAME, KEYWORD -> {
        advance();
        yield literal(first.text());
      }
      case QUOTE -> string(null);
      case FORMAT -> {
        advance();
        if (token.kind() != Token.Kind.QUOTE) {
          throw unexpected("a string");
        }
        yield string(first.text());
      }
      case NUMBER ->
          throw error("Cannot use number (" + first.text() + ") as object key", first.start());
      case END, FIELD, VARIABLE, SYMBOL -> throw unexpected("a key");
    };
  }

  private Ast entryValue() throws JqSyntaxException {
    expect(":");
    boolean before = commas;
    commas = false;
    Ast value = pipe();
    commas = before;
    return value;
  }

  // Patterns

  private List<Ast.Pattern> patterns() throws JqSyntaxException {
    List<Ast.Pattern> patterns = new ArrayList<>();
    do {
      patterns.add(pattern());
    } while (accept("?//"));
    return patterns;
  }

  private Ast.Pattern pattern() throws JqSyntaxException {
    enter();
    Ast.Pattern pattern;
    if (token.kind() == Token.Kind.VARIABLE) {
      pattern = new Ast.Name(expectVariable());
    } else if (accept("[")) {
      List<Ast.Pattern> items = new ArrayList<>();
      do {
        items.add(pattern());
      } while (accept(","));
      expect("]");
      pattern = new Ast.Items(items);
    } else if (accept("{")) {
      List<Ast.Field> fields = new ArrayList<>();
      do {
        fields.add(fieldPattern());
      } while (accept(","));
      expect("}");
      pattern = new Ast.Fields(fields);
    } else {
      throw unexpected("a variable, '[' or '{'");
    }
    leave();
    return pattern;
  }

  private Ast.Field fieldPattern() throws JqSyntaxException {
    if (token.kind() == Token.Kind.VARIABLE) {
      String variable = expectVariable();
      return new Ast.Field(variable, literal(variable), accept(":") ? pattern() : null);
    }
    Ast key;
    if (accept("(")) {
      key = bracketed();
      expect(")");
    } else {
      key = key();
    }
    expect(":");
    return new Ast.Field(null, key, pattern());
  }
}
