package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The syntax of a program, as the parser found it. Offsets are kept where the compiler may have
 * something to say.
 */
sealed interface Ast {
  record Identity() implements Ast {}

  record RecurseAll() implements Ast {}

  record Literal(JsonNode value) implements Ast {}

  /** A string with interpolations, whose outputs are escaped by a format. */
  record Text(@Nullable String format, List<Piece> pieces, int offset) implements Ast {}

  /** A part of a string: either text or code. */
  record Piece(@Nullable String text, @Nullable Ast code) {}

  record Format(String name, int offset) implements Ast {}

  record Index(Ast target, Ast key) implements Ast {}

  record Slice(Ast target, @Nullable Ast from, @Nullable Ast to) implements Ast {}

  record Iterate(Ast target) implements Ast {}

  record ArrayOf(@Nullable Ast items) implements Ast {}

  record ObjectOf(List<Entry> entries) implements Ast {}

  record Entry(Ast key, Ast value) {}

  record Negate(Ast operand) implements Ast {}

  record Pipe(Ast left, Ast right) implements Ast {}

  record Comma(List<Ast> parts) implements Ast {}

  record Binary(Operator operator, Ast left, Ast right) implements Ast {}

  record And(Ast left, Ast right) implements Ast {}

  record Or(Ast left, Ast right) implements Ast {}

  record Alternative(Ast left, Ast right) implements Ast {}

  /** {@code left = right}. */
  record Assign(Ast left, Ast right) implements Ast {}

  /** {@code left |= right}. */
  record Modify(Ast left, Ast right) implements Ast {}

  /** {@code left op= right}; without an operator it is {@code //=}. */
  record Update(@Nullable Operator operator, Ast left, Ast right) implements Ast {}

  record If(Ast condition, Ast then, @Nullable Ast otherwise) implements Ast {}

  record Try(Ast body, @Nullable Ast handler) implements Ast {}

  record Reduce(Ast source, List<Pattern> patterns, Ast init, Ast update) implements Ast {}

  record Foreach(Ast source, List<Pattern> patterns, Ast init, Ast update, @Nullable Ast extract)
      implements Ast {}

  record Bind(Ast source, List<Pattern> patterns, Ast body) implements Ast {}

  record Variable(String name, int offset) implements Ast {}

  record Label(String name, Ast body) implements Ast {}

  record Exit(String label, int offset) implements Ast {}

  record Call(String name, List<Ast> arguments, int offset) implements Ast {}

  record Define(Function function, Ast rest) implements Ast {}

  /** A function; the name of a parameter that is a value starts with {@code $}. */
  record Function(String name, List<String> parameters, Ast body) {}

  /** The left side of {@code as}. */
  sealed interface Pattern {}

  record Name(String variable) implements Pattern {}

  record Items(List<Pattern> items) implements Pattern {}

  record Fields(List<Field> fields) implements Pattern {}

  /** One field of a pattern; the variable of {@code $x: ...} is bound to the field's value. */
  record Field(@Nullable String variable, Ast key, @Nullable Pattern value) {}
}
