package dev.capstan.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A worker node.
 *
 * @param status joining, active, suspect, draining, lost or left
 * @param admission what operators let it take: open, cordoned or draining
 * @param drainBy when a drain takes away what it still runs
 * @param slots how many tasks it runs at a time
 * @param kinds kinds of tasks that it can run
 * @param labels that its configuration and operators give it
 * @param found on it by itself, such as gpu, container or python3
 * @param cpu processors; 0 when it did not say, as with the bytes
 */
public record Node(
    String id,
    String name,
    String status,
    String admission,
    @Nullable Instant drainBy,
    int slots,
    int running,
    List<String> kinds,
    Map<String, String> labels,
    Map<String, String> found,
    int cpu,
    long memoryBytes,
    long diskBytes,
    Instant joinedAt,
    String version) {}
