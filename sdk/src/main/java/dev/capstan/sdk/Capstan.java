package dev.capstan.sdk;

/**
 * Where programs of users begin.
 *
 * <pre>{@code
 * public static void main(String[] arguments) throws Exception {
 *   try (FunctionWorker worker =
 *       Capstan.worker()
 *           .functions(new Payments())
 *           .join(System.getenv("CAPSTAN_JOIN_TOKEN"))
 *           .server("coordinator-1:7481")
 *           .start()) {
 *     worker.await();
 *   }
 * }
 * }</pre>
 */
public final class Capstan {
  private Capstan() {}

  /** A worker that offers functions to a cluster, to be told which and where. */
  public static WorkerBuilder worker() {
    return new WorkerBuilder();
  }
}
