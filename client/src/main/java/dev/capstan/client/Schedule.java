package dev.capstan.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a workflow starts by itself.
 *
 * @param kind cron, every, after or on
 */
public record Schedule(
    String namespace,
    String name,
    String version,
    String kind,
    String expression,
    @Nullable Instant next,
    @Nullable Instant last,
    long fired) {}
