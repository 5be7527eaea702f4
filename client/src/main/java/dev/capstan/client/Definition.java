package dev.capstan.client;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A deployed version of a workflow.
 *
 * @param hash digest of the text
 * @param text as it was sent; null in lists
 */
public record Definition(
    String namespace,
    String name,
    String version,
    String hash,
    @Nullable String title,
    @Nullable String summary,
    Instant deployedAt,
    String deployedBy,
    @Nullable String text,
    List<Finding> warnings) {}
