package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Export;
import dev.capstan.dsl.model.ExternalSchema;
import dev.capstan.dsl.model.Output;
import dev.capstan.dsl.model.Task;
import dev.capstan.dsl.schema.JsonDataSchema;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
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
  public Map<String, JsonNode> documents() {
    return Collections.unmodifiableMap(documents);
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
    for (ExternalSchema schema : of(run, run.task(), definition)) {
      if (known(schema, run) == null) {
        return schema;
      }
    }
    return null;
  }

  /** What came for the schema of a task; null when nothing has. */
  public @Nullable DataSchema known(ExternalSchema schema, @Nullable TaskRun run) {
    return known(schema, run == null ? Map.of() : run.schemas);
  }

  private @Nullable DataSchema known(ExternalSchema schema, Map<String, String> seen) {
    String resource = schema.resource() != null ? schema.resource() : seen.get(schema.reference());
    return resource == null ? null : fetched.get(resource);
  }

  /**
   * Whether a run that has begun could end by another definition's output and export.
   *
   * @param from the definition that it has
   * @param to the other one
   * @param task what it would run there
   */
  public boolean suffice(
      TaskRun run, Definition from, Definition to, Task task, Output output, Export export) {
    Map<String, String> seen = carried(run, run.task(), from, task, to);
    return isKnown(output.schema(), seen)
        && (export.as() == null || isKnown(export.schema(), seen));
  }

  /** Whether a schema can be used before there is a run. */
  boolean isKnown(@Nullable DataSchema schema) {
    return isKnown(schema, Map.of());
  }

  private boolean isKnown(@Nullable DataSchema schema, Map<String, String> seen) {
    return !(schema instanceof ExternalSchema external) || known(external, seen) != null;
  }

  private static List<ExternalSchema> of(TaskRun run, Task task, Definition definition) {
    return run.parent() == null ? ExternalSchema.of(definition) : ExternalSchema.of(task);
  }

  /** Moves a run's memory of what it has seen come to where the same endpoints stand now. */
  static void move(TaskRun run, Task before, Definition from, Definition to) {
    Map<String, String> carried = carried(run, before, from, run.task, to);
    SchemaFetch fetch = run.fetching;
    if (fetch != null) {
      String now = run.reference();
      String reference = now + fetch.reference().substring(before.header().reference().length());
      run.fetching = new SchemaFetch(reference, fetch.resource());
    }
    run.schemas.clear();
    run.schemas.putAll(carried);
  }

  /** An endpoint that is written otherwise is another one, and what was fetched not for it. */
  private static Map<String, String> carried(
      TaskRun run, Task before, Definition from, Task now, Definition to) {
    Map<String, String> written = new TreeMap<>();
    of(run, before, from).forEach(schema -> written.put(schema.reference(), schema.name()));
    int start = now.header().reference().length();
    Map<String, String> carried = new TreeMap<>();
    for (ExternalSchema schema : of(run, now, to)) {
      String old = before.header().reference() + schema.reference().substring(start);
      String resource = run.schemas.get(old);
      if (resource != null && schema.name().equals(written.get(old))) {
        carried.put(schema.reference(), resource);
      }
    }
    return carried;
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
