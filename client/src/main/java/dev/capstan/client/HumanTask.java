package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task that waits for a person to decide.
 *
 * @param id names the task in the whole cluster
 * @param execution id of its execution
 * @param task its name
 * @param reference its JSON pointer in the definition
 * @param description null in lists, and where there is none; so are form and input
 * @param assignee who is to decide; null for nobody in particular
 * @param candidates users and groups of whom one may take it
 * @param priority -100 to 100
 * @param since when it was opened
 * @param dueAt when it should be decided; null when that does not matter
 * @param form JSON schema of the decision
 * @param input of the task
 */
public record HumanTask(
    String id,
    String execution,
    WorkflowName workflow,
    String task,
    String reference,
    String title,
    @Nullable String description,
    @Nullable String assignee,
    List<String> candidates,
    int priority,
    Instant since,
    @Nullable Instant dueAt,
    @Nullable JsonNode form,
    @Nullable JsonNode input) {}
