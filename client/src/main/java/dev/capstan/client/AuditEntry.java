package dev.capstan.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One change and who made it. */
public record AuditEntry(
    long sequence,
    Instant time,
    String principal,
    String operation,
    String object,
    String result,
    @Nullable String detail) {}
