package dev.capstan.server.partition;

import dev.capstan.core.decision.Decision;
import java.util.List;
import java.util.Map;

/**
 * How a partition is doing. Numbers are totals since the process started unless said otherwise;
 * they are read one after another, so they may be a few decisions apart.
 *
 * @param role what the partition does now
 * @param term of the leadership; 0 for none
 * @param sequence of the last batch that was decided
 * @param decided commands that were accepted
 * @param rejected commands that were not, by reason
 * @param executionsStarted executions whose start was decided
 * @param executionsEnded likewise their end; one that is retried ends again
 * @param batches proposed
 * @param batchBytes their size together
 * @param batchChanges rows that they changed
 * @param auditEntries written in batches that were proposed
 * @param batchesRefused batches in the log that did not follow the last one, and were not applied
 * @param batchesInFlight now
 * @param commitMicros times from proposal to commit: entry i counts those below 2^i microseconds
 *     and not in an entry before
 * @param inboxRequests requests of clients that wait now
 * @param inboxRefused requests that found the inbox full
 * @param cachedExecutions in memory now
 * @param cachedBytes their size now, estimated
 * @param tasksWaiting tasks that wait for a node now, by kind
 * @param attemptsRunning attempts that nodes have now
 * @param staleTokens reports of attempts that are not the present ones
 * @param unknownReports reports of executions that don't exist
 * @param poisoned decisions that failed through a fault of ours
 * @param timersArmed now
 * @param timersLateMillis how late timers fired: entry i counts those below 2^i milliseconds and
 *     not in an entry before
 * @param subscriptions tasks that listen now
 * @param outbox messages that are not known to be delivered now
 * @param callbackFailures exceptions that listeners and nodes threw at us
 */
public record PartitionStatus(
    Role role,
    long term,
    long sequence,
    long decided,
    Map<Decision.Reason, Long> rejected,
    long events,
    long executionsStarted,
    long executionsEnded,
    long batches,
    long batchBytes,
    long batchChanges,
    long auditEntries,
    long batchesRefused,
    int batchesInFlight,
    List<Long> commitMicros,
    int inboxRequests,
    long inboxRefused,
    int cachedExecutions,
    long cachedBytes,
    long cacheHits,
    long cacheMisses,
    Map<String, Integer> tasksWaiting,
    int attemptsRunning,
    long dispatched,
    long staleTokens,
    long unknownReports,
    long poisoned,
    int timersArmed,
    long timersFired,
    List<Long> timersLateMillis,
    int subscriptions,
    long cloudEvents,
    int outbox,
    long outboxDelivered,
    long outboxFailed,
    long callbackFailures) {

  /** What a partition does. */
  public enum Role {
    /** Another replica leads, or none. */
    FOLLOWING,
    /** It leads. */
    LEADING,
    /** It led, a proposal failed, and it waits until the fate of all its proposals is known. */
    FENCED,
    /** Its log or its store failed; it serves nothing any more. */
    FAILED
  }
}
