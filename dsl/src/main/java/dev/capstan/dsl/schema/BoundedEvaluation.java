package dev.capstan.dsl.schema;

import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContext;

/**
 * One check of data against a schema, which ends with an exception after so many steps. A schema of
 * a few lines that refers to each of its parts twice would otherwise take longer than anybody
 * lives.
 */
final class BoundedEvaluation extends ExecutionContext {
  /** About half a second; five keywords for each of a quarter of a million items are fewer. */
  static final int MOST_STEPS = 2_000_000;

  private int steps;

  BoundedEvaluation(ExecutionConfig config) {
    super(config);
  }

  /** Every keyword, and every item and property that it goes into, is one. */
  @Override
  public void evaluationPathAddLast(String keyword) {
    step();
    super.evaluationPathAddLast(keyword);
  }

  @Override
  public void evaluationPathAddLast(int index) {
    step();
    super.evaluationPathAddLast(index);
  }

  private void step() {
    if (++steps > MOST_STEPS) {
      throw new TooManyStepsException();
    }
  }

  /** The limit was reached. */
  static final class TooManyStepsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManyStepsException() {
      super("checking it takes more than " + MOST_STEPS + " steps");
    }
  }
}
