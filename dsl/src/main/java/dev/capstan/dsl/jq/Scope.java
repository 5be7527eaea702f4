package dev.capstan.dsl.jq;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What names mean at one place of a program, innermost first. Counts the cells of {@link Env} that
 * are there at run time.
 */
final class Scope {
  enum Kind {
    VARIABLE,
    PARAMETER,
    LABEL,
    FUNCTION
  }

  static final Scope TOP = new Scope(null, Kind.LABEL, "", 0, null, false);

  private final @Nullable Scope parent;
  private final Kind kind;
  private final String name;

  /** The number of cells below and including this one. */
  final int cells;

  final @Nullable Function function;

  /** Whether the name can be called like a function without arguments. */
  private final boolean callable;

  private Scope(
      @Nullable Scope parent,
      Kind kind,
      String name,
      int cells,
      @Nullable Function function,
      boolean callable) {
    this.parent = parent;
    this.kind = kind;
    this.name = name;
    this.cells = cells;
    this.function = function;
    this.callable = callable;
  }

  Scope variable(String variable) {
    return new Scope(this, Kind.VARIABLE, variable, cells + 1, null, false);
  }

  /** A parameter that is a value: a variable that can also be called. */
  Scope valueParameter(String variable) {
    return new Scope(this, Kind.VARIABLE, variable, cells + 1, null, true);
  }

  Scope parameter(String parameter) {
    return new Scope(this, Kind.PARAMETER, parameter, cells + 1, null, true);
  }

  Scope label(String label) {
    return new Scope(this, Kind.LABEL, label, cells + 1, null, false);
  }

  Scope function(Function defined) {
    return new Scope(this, Kind.FUNCTION, defined.name, cells, defined, true);
  }

  /** The innermost cell of a kind and name; null if there is none. */
  @Nullable Scope find(Kind wanted, String wantedName) {
    for (Scope scope = this; scope != null && scope != TOP; scope = scope.parent) {
      if (scope.kind == wanted && scope.name.equals(wantedName)) {
        return scope;
      }
    }
    return null;
  }

  /** What a call means: a parameter or a function, whichever is nearer; null if it is neither. */
  @Nullable Scope findCallable(String wantedName, int arity) {
    for (Scope scope = this; scope != null && scope != TOP; scope = scope.parent) {
      boolean parameter = scope.function == null && scope.callable && arity == 0;
      boolean matches =
          parameter || (scope.function != null && scope.function.parameters.size() == arity);
      if (matches && scope.name.equals(wantedName)) {
        return scope;
      }
    }
    return null;
  }

  boolean isVariable() {
    return kind == Kind.VARIABLE;
  }

  /** How far up a cell is, seen from here. */
  int distance(Scope cell) {
    return cells - cell.cells;
  }

  /** A function of a program while and after it is compiled. */
  static final class Function {
    final String name;
    final List<String> parameters;

    /** The cells that are there where it is defined. */
    final int cells;

    /** Set when the body is compiled; calls inside of the body come before that. */
    @Nullable Expr body;

    /**
     * Whether calls inside of the body are taken to have at most one output; to be proven by the
     * body itself.
     */
    boolean assumedPlain;

    /** Whether a call relied on that. */
    boolean assumptionUsed;

    Function(String name, List<String> parameters, int cells) {
      this.name = name;
      this.parameters = parameters;
      this.cells = cells;
    }
  }
}
