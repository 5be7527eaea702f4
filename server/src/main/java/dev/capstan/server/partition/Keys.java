package dev.capstan.server.partition;

import dev.capstan.core.decision.TimerKey;
import dev.capstan.core.execution.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The keys of all rows of a partition. Numbers are big-endian, text is UTF-8 and ends with a zero
 * byte wherever something follows, so that rows sort by the parts of their keys. Text with a zero
 * byte in it can't be a part of a key.
 *
 * <pre>
 * EVENTS           execution 0 firstIndex:8                        consecutive events (Recorded)
 * EXECUTIONS       execution 0 'h'                                 what never changes (ExecutionHead)
 *                  execution 0 's'                                 what changes (ExecutionState)
 * EXECUTION_INDEX  1 newest:8 execution                            all
 *                  2 status:1 newest:8 execution                   by status
 *                  3 namespace 0 name 0 newest:8 execution         by workflow
 *                  4 label 0 value 0 newest:8 execution            by label
 *                  where newest is the greatest number less the start in milliseconds; no value
 *                  5 newest:8 execution 0 run:8                    all open human tasks (HumanTaskRow)
 *                  6 assignee 0 newest:8 execution 0 run:8         by assignee
 *                  7 candidate 0 newest:8 execution 0 run:8        by candidate
 * TASKS            execution 0 run:8                               waits for a node or is on one (ActiveTask)
 * TIMERS           dueMillis:8 execution 0 kind:1 run:8            no value
 * SUBSCRIPTIONS    execution 0 run:8                               types of cloud events (Subscription)
 * OUTBOX           number:8                                        to be delivered (OutboxMessage)
 * DEFINITIONS      1 hash                                          text (DefinitionText)
 *                  2 namespace 0 name 0 version                    deployed (DeployedDefinition)
 * KEYS             1 namespace 0 name 0 key                        idempotency key (IdempotencyKey)
 *                  2 createdMillis:8 namespace 0 name 0 key        for their end; no value
 * AUDIT            number:8                                        a change (AuditRecord)
 * META             1 what                                          counters of the partition
 * </pre>
 *
 * Numbers of OUTBOX and AUDIT are the batch's sequence in the upper 44 bits and a count within the
 * batch in the lower 20.
 */
public final class Keys {
  private static final int SEQUENCE_SHIFT = 20;
  private static final byte ALL = 1;
  private static final byte BY_STATUS = 2;
  private static final byte BY_WORKFLOW = 3;
  private static final byte BY_LABEL = 4;
  private static final byte HUMAN_TASKS = 5;
  private static final byte BY_ASSIGNEE = 6;
  private static final byte BY_CANDIDATE = 7;

  private Keys() {}

  /** What all keys of an execution begin with, in the tables whose keys begin with it. */
  public static byte[] execution(String execution) {
    byte[] id = utf8(execution);
    return Arrays.copyOf(id, id.length + 1);
  }

  /** A row of EVENTS. */
  public static byte[] events(byte[] execution, long firstIndex) {
    return number(execution, firstIndex);
  }

  /** A row of EXECUTIONS: what never changes. */
  public static byte[] head(byte[] execution) {
    return tagged(execution, 'h');
  }

  /** A row of EXECUTIONS: what changes. */
  public static byte[] state(byte[] execution) {
    return tagged(execution, 's');
  }

  /** A row of TASKS or SUBSCRIPTIONS. */
  public static byte[] task(byte[] execution, long run) {
    return number(execution, run);
  }

  /** A row of TIMERS. */
  public static byte[] timer(long dueMillis, byte[] execution, TimerKey key) {
    return ByteBuffer.allocate(Long.BYTES + execution.length + 1 + Long.BYTES)
        .putLong(dueMillis)
        .put(execution)
        .put(timerKind(key.kind()))
        .putLong(key.task())
        .array();
  }

  /** A row of OUTBOX or AUDIT. */
  public static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  /** The number of a row of OUTBOX or AUDIT; the order of numbers is the order of decisions. */
  static long numberIn(long sequence, int count) {
    if (count >>> SEQUENCE_SHIFT != 0) {
      throw new IllegalStateException("too many rows of one kind in a batch");
    }
    return sequence << SEQUENCE_SHIFT | count;
  }

  /** A row of DEFINITIONS: a text by its hash. */
  public static byte[] definitionText(String hash) {
    return join((byte) 1, hash);
  }

  /** A row of DEFINITIONS: what is deployed under a name. */
  public static byte[] deployed(String namespace, String name, String version) {
    return join((byte) 2, namespace, name, version);
  }

  /** What keys of DEFINITIONS begin with that are deployed under a name, whatever their version. */
  public static byte[] deployed(String namespace, String name) {
    return prefix((byte) 2, namespace, name);
  }

  /** What keys of DEFINITIONS begin with that are deployed. */
  public static byte[] deployed() {
    return new byte[] {2};
  }

  /** Whether a key of DEFINITIONS is that of something deployed, and not of a text. */
  public static boolean isDeployed(byte[] key) {
    return key[0] == 2;
  }

  /** Namespace, name and version in a key of DEFINITIONS that is deployed. */
  public static String[] deployedParts(byte[] key) {
    return new String(key, 1, key.length - 1, StandardCharsets.UTF_8).split("\0", -1);
  }

  static byte[] idempotency(String namespace, String name, String key) {
    return join((byte) 1, namespace, name, key);
  }

  static byte[] idempotencyByTime(long createdMillis, byte[] idempotency) {
    return ByteBuffer.allocate(Long.BYTES + idempotency.length)
        .put((byte) 2)
        .putLong(createdMillis)
        .put(idempotency, 1, idempotency.length - 1)
        .array();
  }

  /** What keys of KEYS by time begin with that were created before. */
  static byte[] idempotencyByTime(long createdMillis) {
    return ByteBuffer.allocate(1 + Long.BYTES).put((byte) 2).putLong(createdMillis).array();
  }

  /** The key of the row of KEYS that a row by time belongs to. */
  static byte[] idempotencyOf(byte[] byTime) {
    byte[] key = new byte[byTime.length - Long.BYTES];
    key[0] = 1;
    System.arraycopy(byTime, 1 + Long.BYTES, key, 1, key.length - 1);
    return key;
  }

  static long createdMillis(byte[] byTime) {
    return ByteBuffer.wrap(byTime).getLong(1);
  }

  /** When: the number that makes later starts sort first. */
  static long newest(long startedMillis) {
    return Long.MAX_VALUE - startedMillis;
  }

  static byte[] indexAll() {
    return new byte[] {ALL};
  }

  static byte[] indexStatus(Status status) {
    return new byte[] {BY_STATUS, (byte) RowCodec.status(status).getNumber()};
  }

  static byte[] indexWorkflow(String namespace, String name) {
    return prefix(BY_WORKFLOW, namespace, name);
  }

  static byte[] indexLabel(String name, String value) {
    return prefix(BY_LABEL, name, value);
  }

  /** A row of EXECUTION_INDEX under one of the prefixes above. */
  static byte[] indexed(byte[] prefix, long startedMillis, byte[] execution) {
    return ByteBuffer.allocate(prefix.length + Long.BYTES + execution.length - 1)
        .put(prefix)
        .putLong(newest(startedMillis))
        .put(execution, 0, execution.length - 1)
        .array();
  }

  static byte[] humanTasks() {
    return new byte[] {HUMAN_TASKS};
  }

  static byte[] humanTasksOf(String assignee) {
    return prefix(BY_ASSIGNEE, assignee);
  }

  static byte[] humanTasksFor(String candidate) {
    return prefix(BY_CANDIDATE, candidate);
  }

  /** A row of EXECUTION_INDEX under one of the prefixes of human tasks. */
  static byte[] humanTask(byte[] prefix, long sinceMillis, byte[] execution, long run) {
    return ByteBuffer.allocate(prefix.length + Long.BYTES + execution.length + Long.BYTES)
        .put(prefix)
        .putLong(newest(sinceMillis))
        .put(execution)
        .putLong(run)
        .array();
  }

  /** Since when a human task is open, of a key whose prefix has this length. */
  static long sinceMillis(byte[] humanTask, int prefix) {
    return Long.MAX_VALUE - ByteBuffer.wrap(humanTask).getLong(prefix);
  }

  /** The execution that a key names which begins with one, from {@code offset} on. */
  static String executionIn(byte[] key, int offset) {
    int end = offset;
    while (end < key.length && key[end] != 0) {
      end++;
    }
    return new String(key, offset, end - offset, StandardCharsets.UTF_8);
  }

  /** The number that a key ends with. */
  static long lastNumber(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }

  static long dueMillis(byte[] timer) {
    return ByteBuffer.wrap(timer).getLong(0);
  }

  static TimerKey timerKey(byte[] timer) {
    return new TimerKey(timerKind(timer[timer.length - Long.BYTES - 1]), lastNumber(timer));
  }

  /** The first key behind all those that begin with {@code prefix}. */
  public static byte[] after(byte[] prefix) {
    byte[] end = prefix.clone();
    for (int i = end.length - 1; i >= 0; i--) {
      if (++end[i] != 0) {
        return Arrays.copyOf(end, i + 1);
      }
    }
    throw new IllegalArgumentException("nothing is behind the last key");
  }

  private static byte timerKind(TimerKey.Kind kind) {
    return switch (kind) {
      case WAIT -> 1;
      case TASK_TIMEOUT -> 2;
      case ATTEMPT_TIMEOUT -> 3;
      case RETRY -> 4;
      case EXECUTION_TIMEOUT -> 5;
      case CONTINUE -> 6;
      case QUEUE_TIMEOUT -> 7;
      case RECOVERY_TIMEOUT -> 8;
      case CONSUMPTION -> 9;
    };
  }

  private static TimerKey.Kind timerKind(byte stored) {
    return switch (stored) {
      case 1 -> TimerKey.Kind.WAIT;
      case 2 -> TimerKey.Kind.TASK_TIMEOUT;
      case 3 -> TimerKey.Kind.ATTEMPT_TIMEOUT;
      case 4 -> TimerKey.Kind.RETRY;
      case 5 -> TimerKey.Kind.EXECUTION_TIMEOUT;
      case 6 -> TimerKey.Kind.CONTINUE;
      case 7 -> TimerKey.Kind.QUEUE_TIMEOUT;
      case 8 -> TimerKey.Kind.RECOVERY_TIMEOUT;
      case 9 -> TimerKey.Kind.CONSUMPTION;
      default ->
          throw new IllegalStateException(
              "a timer of kind " + stored + " that this version does not know");
    };
  }

  private static byte[] number(byte[] prefix, long number) {
    return ByteBuffer.allocate(prefix.length + Long.BYTES).put(prefix).putLong(number).array();
  }

  private static byte[] tagged(byte[] prefix, char tag) {
    byte[] key = Arrays.copyOf(prefix, prefix.length + 1);
    key[prefix.length] = (byte) tag;
    return key;
  }

  private static byte[] prefix(byte kind, String... parts) {
    byte[] joined = join(kind, parts);
    return Arrays.copyOf(joined, joined.length + 1);
  }

  private static byte[] join(byte kind, String... parts) {
    byte[] text = utf8(String.join("\0", parts));
    byte[] key = new byte[text.length + 1];
    key[0] = kind;
    System.arraycopy(text, 0, key, 1, text.length);
    return key;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
