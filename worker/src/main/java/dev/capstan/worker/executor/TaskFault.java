package dev.capstan.worker.executor;

/**
 * Thrown by an executor to end the attempt with a precise error. Carries no stack trace: it is a
 * result, not a defect.
 */
public final class TaskFault extends RuntimeException {

  private final transient Fault fault;

  public TaskFault(Fault fault) {
    super(fault.title() + ": " + fault.detail(), null, false, false);
    this.fault = fault;
  }

  /** The error that the attempt ends with. */
  public Fault fault() {
    return fault;
  }
}
