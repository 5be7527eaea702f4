package dev.capstan.worker.authentication;

import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.net.URI;

/** Errors of authentication in words that help, without secrets. */
final class Refusals {

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;

  private Refusals() {}

  /** Who sends the request could not be proved. */
  static TaskFault of(String title, String detail) {
    return new TaskFault(ErrorType.AUTHENTICATION.fault(title, detail));
  }

  /**
   * A status of an authority that is not success. One that says that it can't work now is no
   * statement about credentials.
   */
  static TaskFault ofStatus(String title, int status, String detail) {
    return status >= SERVER_ERROR || status == TOO_MANY_REQUESTS
        ? new TaskFault(ErrorType.COMMUNICATION.fault(status, title, detail))
        : of(title, detail);
  }

  /** The URI without what may be secret in it. */
  static String shown(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath();
  }
}
