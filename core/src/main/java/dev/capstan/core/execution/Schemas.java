package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.schema.JsonDataSchema;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The schemas that an execution has fetched, by resource. It keeps to what they were then. Changed
 * by {@link Fold} alone.
 */
public final class Schemas {
  private final Map<String, DataSchema> fetched = new TreeMap<>();
  private final Map<String, JsonNode> documents = new TreeMap<>();

  Schemas() {}

  /** The documents by resource. */
  Map<String, JsonNode> documents() {
    return documents;
  }

  /** How many there are. */
  public int count() {
    return fetched.size();
  }

  /** Whether a resource is among them. */
  public boolean has(String resource) {
    return fetched.containsKey(resource);
  }

  /** What has to be known of a schema before a task can begin; null when nothing is missing. */
  public @Nullable ExternalSchema missing(TaskRun run, Definition definition) {
    boolean isRoot = run.parent() == null;
    for (ExternalSchema schema :
        isRoot ? ExternalSchema.of(definition) : ExternalSchema.of(run.task())) {
      if (known(schema, run) == null) {
        return schema;
      }
    }
    return null;
  }

  /** What came for the schema of a task; null when nothing has. */
  public @Nullable DataSchema known(ExternalSchema schema, @Nullable TaskRun run) {
    String resource = schema.resource();
    if (resource == null && run != null) {
      resource = run.schemas.get(schema.reference());
    }
    return resource == null ? null : fetched.get(resource);
  }

  /** Whether a run that has begun could end by another definition's output and export. */
  public boolean suffice(TaskRun run, Output output, Export export) {
    return isKnown(output.schema(), run) && (export.as() == null || isKnown(export.schema(), run));
  }

  boolean isKnown(@Nullable DataSchema schema, @Nullable TaskRun run) {
    return !(schema instanceof ExternalSchema external) || known(external, run) != null;
  }

  /** The attempt of a node that fetches has begun. */
  static void started(TaskRun run, Event.TaskStarted event, SchemaFetch fetch, Instant time) {
    run.become(Status.RUNNING);
    run.startedAt = time;
    run.attempt = event.attempt();
    run.goesTo(event.node());
    run.epoch = event.epoch();
    run.fetching = fetch;
  }

  void fetched(TaskRun run, Event.SchemaFetched event, Instant time) {
    JsonNode document = event.document();
    if (document != null) {
      fetched.put(event.schema().resource(), new JsonDataSchema(document));
      documents.put(event.schema().resource(), document);
    }
    run.schemas.put(event.schema().reference(), event.schema().resource());
    if (run.fetching != null) {
      // What the attempt that fetched says again must not be taken for the task's own.
      run.attempt++;
    }
    run.fetching = null;
    run.become(Status.PENDING);
    run.startedAt = null;
    run.pendingSince = time;
    run.goesTo(null);
    run.boundTo = null;
  }
}
