package dev.capstan.server.gateway;

/**
 * Names one run of a task in the whole cluster: its execution and the number of the run in it, such
 * as {@code order-17:4}.
 *
 * @param run from 1; 0 is the execution itself, while schemas are fetched for it
 */
public record TaskId(String execution, long run) {

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws Refusal if the text is none
   */
  public static TaskId of(String text) {
    int colon = text.lastIndexOf(':');
    try {
      if (colon > 0) {
        long run = Long.parseLong(text.substring(colon + 1));
        if (run >= 0) {
          return new TaskId(text.substring(0, colon), run);
        }
      }
    } catch (NumberFormatException e) {
      // Refused below, like what has no number at all.
    }
    throw new Refusal(
        Refusal.Code.INVALID_REQUEST,
        "\"" + text + "\" is no id of a task",
        "An id of a task is that of its execution, a colon and a number, such as order-17:4;"
            + " capstan show and capstan history tell it");
  }

  @Override
  public String toString() {
    return execution + ":" + run;
  }
}
