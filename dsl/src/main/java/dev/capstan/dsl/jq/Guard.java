package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Tells the errors of an expression from those of the sink that takes its outputs, which runs
 * inside of it: what the sink raises is wrapped on its way through the expression.
 */
record Guard(Sink out) implements Sink {
  @Override
  public void accept(@Nullable Path path, JsonNode value) {
    try {
      out.accept(path, value);
    } catch (JqException e) {
      throw new Passing(this, e);
    }
  }

  /** An error on its way from a sink through the expression that feeds it. */
  static final class Passing extends RuntimeException {
    private final transient Guard guard;
    private final JqException error;

    private Passing(Guard guard, JqException error) {
      super(null, null, false, false);
      this.guard = guard;
      this.error = error;
    }

    /** What to throw on behind a guard: the error itself if this guard wrapped it. */
    @SuppressWarnings("ReferenceEquality") // each use of a guard is its own
    RuntimeException unwrap(Guard owner) {
      return guard == owner ? error : this;
    }
  }
}
