package dev.capstan.worker.openapi;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;

/** The errors of this package. */
final class Faults {

  private Faults() {}

  /** The document does not describe what is to be called. */
  static TaskFault document(String detail) {
    return document("OpenAPI", detail);
  }

  /** The same of another kind of document. */
  static TaskFault document(String kind, String detail) {
    return new TaskFault(ErrorType.CONFIGURATION.fault("Unusable " + kind + " document", detail));
  }

  /** The parameters do not fit the operation. */
  static TaskFault parameters(String detail) {
    return new TaskFault(ErrorType.VALIDATION.fault("Invalid parameters", detail));
  }
}
