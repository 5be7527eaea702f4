package dev.capstan.server.lifecycle;

/**
 * What has been added to a history: no values, only where they are.
 *
 * @param from index of the first new event
 * @param lastRow index of the first event in the last new row
 */
record Growth(HistorySource source, String execution, long from, long lastRow) {
  /** With another row behind it. */
  Growth upTo(long row) {
    return new Growth(source, execution, from, Math.max(lastRow, row));
  }

  /** What is left of it from an index on. */
  Growth from(long index) {
    return new Growth(source, execution, index, lastRow);
  }
}
