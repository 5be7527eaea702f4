package dev.capstan.worker;

import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.worker.executor.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The reports given to a stream so recently that they may have been lost with it: a broken
 * connection is noticed late, and until then it swallows what it is given. Bounded by age, number
 * and size. Not safe for concurrent use.
 */
final class SentReports {

  private static final int MAX_REPORTS = 16 * 1024;

  private static final long MAX_BYTES = 8L << 20;

  private record Sent(Reports reports, long atNanos) {}

  private final LongSupplier clock;
  private final ArrayDeque<Sent> newest = new ArrayDeque<>();
  private long rememberNanos;
  private int count;
  private long bytes;

  SentReports(LongSupplier clock) {
    this.clock = clock;
  }

  void rememberFor(long nanos) {
    rememberNanos = nanos;
  }

  void add(Reports reports) {
    newest.addLast(new Sent(reports, clock.getAsLong()));
    count += reports.getReportsCount();
    bytes += reports.getSerializedSize();
    trim();
  }

  /** Whose reports may be lost. */
  List<Token> tokens() {
    trim();
    return newest.stream()
        .flatMap(each -> each.reports().getReportsList().stream())
        .map(report -> Wire.token(report.getToken()))
        .toList();
  }

  /** Hands out and forgets all that may be lost, the newest first. */
  List<Report> takeNewestFirst() {
    trim();
    List<Report> all = new ArrayList<>(count);
    for (Iterator<Sent> each = newest.descendingIterator(); each.hasNext(); ) {
      List<Report> reports = new ArrayList<>(each.next().reports().getReportsList());
      Collections.reverse(reports);
      all.addAll(reports);
    }
    clear();
    return all;
  }

  /** They have all arrived. */
  void clear() {
    newest.clear();
    count = 0;
    bytes = 0;
  }

  private void trim() {
    long oldest = clock.getAsLong() - rememberNanos;
    for (Sent first = newest.peekFirst(); first != null; first = newest.peekFirst()) {
      if (first.atNanos() - oldest >= 0 && count <= MAX_REPORTS && bytes <= MAX_BYTES) {
        return;
      }
      newest.removeFirst();
      count -= first.reports().getReportsCount();
      bytes -= first.reports().getSerializedSize();
    }
  }
}
