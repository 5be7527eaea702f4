package dev.capstan.worker.executor;

/**
 * An error object of the specification, without {@code instance}, which the coordinator sets. It
 * ends up in histories: it must never hold a secret.
 *
 * @param type URI of the kind of error, see {@link ErrorType}
 * @param status like an HTTP status
 * @param title what kind of thing went wrong, the same for all errors of the kind
 * @param detail what went wrong this time
 */
public record Fault(String type, int status, String title, String detail) {

  /** Details are cut here: an error is for people and for filters, not for data. */
  public static final int MAX_DETAIL = 8 * 1024;

  public Fault {
    if (detail.length() > MAX_DETAIL) {
      detail = detail.substring(0, MAX_DETAIL) + "…";
    }
  }
}
