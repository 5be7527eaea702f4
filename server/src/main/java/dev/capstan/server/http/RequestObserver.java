package dev.capstan.server.http;

/** Hears of every answered request. Called on the request's thread; must not block. */
@FunctionalInterface
interface RequestObserver {
  /**
   * A request was answered.
   *
   * @param operation id of the operation, {@code none} when there was none
   * @param nanos from the end of its headers to the end of the answer
   */
  void answered(String operation, int status, long nanos);
}
