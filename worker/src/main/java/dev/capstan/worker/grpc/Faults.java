package dev.capstan.worker.grpc;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;

/** The errors of this package that no server has a part in. */
final class Faults {

  private Faults() {}

  /** The proto does not describe what is to be called. */
  static TaskFault proto(String detail) {
    return new TaskFault(ErrorType.CONFIGURATION.fault("Unusable proto", detail));
  }

  /** The arguments do not fit the method. */
  static TaskFault arguments(String detail) {
    return new TaskFault(ErrorType.VALIDATION.fault("Invalid arguments", detail));
  }

  /** The server's answer can't be used. */
  static TaskFault answer(String title, String detail) {
    return new TaskFault(ErrorType.COMMUNICATION.fault(title, detail));
  }
}
