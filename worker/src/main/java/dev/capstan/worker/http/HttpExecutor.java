package dev.capstan.worker.http;

import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import java.util.List;

/** Runs {@code call:http} (DSL reference, HTTP call), see {@link HttpCaller}. */
public final class HttpExecutor implements Executor {

  private final HttpCaller caller;

  public HttpExecutor(HttpCaller caller) {
    this.caller = caller;
  }

  @Override
  public List<String> kinds() {
    return List.of("call:http");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    return caller.call(attempt, Arguments.of(attempt), List.of());
  }

  @Override
  public void close() {
    caller.close();
  }
}
