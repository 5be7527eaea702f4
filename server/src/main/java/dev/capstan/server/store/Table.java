package dev.capstan.server.store;

import java.util.Locale;

/**
 * The tables of a store. The number is what is on disk and in the log: it is never changed and
 * never used again.
 */
public enum Table {
  META(1),
  EVENTS(2),
  EXECUTIONS(3),
  EXECUTION_INDEX(4),
  TASKS(5),
  TIMERS(6),
  SUBSCRIPTIONS(7),
  OUTBOX(8),
  DEFINITIONS(9),
  SCHEDULES(10),
  KEYS(11),
  CLOUD_EVENTS(12),
  NODES(13),
  AUDIT(14),
  CLUSTER(15);

  private static final Table[] BY_NUMBER = byNumber();

  private final int number;

  Table(int number) {
    this.number = number;
  }

  /** The table's number on disk and in the log, 1 to 127. */
  public int number() {
    return number;
  }

  /** Name of the table's column family. */
  String family() {
    return number + "-" + name().toLowerCase(Locale.ROOT);
  }

  /** The table with a number; throws {@link BatchUnreadable} if this version does not know it. */
  static Table of(int number) {
    Table table = number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    if (table == null) {
      throw new BatchUnreadable(BatchUnreadable.Reason.NEWER, "table number " + number);
    }
    return table;
  }

  private static Table[] byNumber() {
    Table[] all = new Table[128];
    for (Table table : values()) {
      all[table.number] = table;
    }
    return all;
  }
}
