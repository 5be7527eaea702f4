package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * An error of a workflow, as the Open Workflow Specification has it.
 *
 * @param type a URI
 * @param status as of HTTP
 * @param instance JSON pointer of the task that it comes from
 */
public record ErrorObject(
    String type,
    int status,
    @Nullable String title,
    @Nullable String detail,
    @Nullable String instance) {}
