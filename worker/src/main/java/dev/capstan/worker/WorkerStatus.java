package dev.capstan.worker;

import java.util.List;

/**
 * What a worker is doing, at one moment. Counts are since the worker started.
 *
 * @param slots how many attempts may run at a time
 * @param running how many run now, those among them that were given up and have not ended yet
 * @param completed attempts that ended with an output
 * @param faulted attempts that ended with an error
 * @param silent those of them that were not heard of for as long as they had to be, and so given up
 * @param cancelled attempts that ended because they were cancelled
 * @param refused dispatches this node did not take, or attempts that it handed back: because it
 *     left, or heard of no leader for too long
 * @param released attempts stopped without a report because the coordinator had replaced them
 * @param outputBytesDropped bytes of running programs that were not shown because of a limit
 * @param kinds what this node can run
 * @param sessions one for each coordinator and partition, those of the first partition first
 */
public record WorkerStatus(
    int slots,
    int running,
    long completed,
    long faulted,
    long silent,
    long cancelled,
    long refused,
    long released,
    long outputBytesDropped,
    List<String> kinds,
    List<SessionStatus> sessions) {}
