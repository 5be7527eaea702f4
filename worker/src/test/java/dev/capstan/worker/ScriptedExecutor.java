package dev.capstan.worker;

import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.util.List;

/** An executor of the kind {@code test} that does what a test says. */
record ScriptedExecutor(Action action) implements Executor {

  static final String KIND = "test";

  /** What an attempt does. */
  interface Action {
    Outcome run(Attempt attempt) throws Exception;
  }

  @Override
  public List<String> kinds() {
    return List.of(KIND);
  }

  @Override
  public Outcome run(Attempt attempt) throws Exception {
    return action.run(attempt);
  }
}
