package dev.capstan.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A worker node.
 *
 * @param status joining, active, suspect, draining, lost or left
 * @param admission what operators let it take: open, cordoned or draining
 * @param slots how many tasks it runs at a time
 * @param kinds kinds of tasks that it can run
 */
public record Node(
    String id,
    String name,
    String status,
    String admission,
    int slots,
    int running,
    List<String> kinds,
    Map<String, String> labels,
    Instant joinedAt,
    String version) {}
