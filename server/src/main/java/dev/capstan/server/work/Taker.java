package dev.capstan.server.work;

import dev.capstan.api.v1.Dispatch;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One request for work that waits.
 *
 * @param kinds what it takes
 * @param taken completes once, with what it gets
 */
record Taker(
    Set<String> kinds, int max, long leaseNanos, CompletableFuture<List<Dispatch>> taken) {}
