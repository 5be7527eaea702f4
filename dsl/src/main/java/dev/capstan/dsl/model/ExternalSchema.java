package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Template;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A schema whose document stands elsewhere (specification: Schema, {@code resource}). An execution
 * has it fetched before it is first needed, and checks data with what came.
 *
 * @param endpoint a URI, or an object of a URI and an authentication
 * @param reference the endpoint's JSON pointer in the definition
 * @param name the endpoint's URI as it is written down
 * @param resource by which an execution remembers what it has fetched: a digest of the URI, as one
 *     that is computed may hold a secret; null when it has to be computed
 */
public record ExternalSchema(
    Template endpoint, String reference, String name, @Nullable String resource)
    implements DataSchema {
  /** Those that a workflow needs before its first task, in the order of their use. */
  public static List<ExternalSchema> of(Definition definition) {
    List<ExternalSchema> schemas = new ArrayList<>(0);
    add(schemas, definition.input().schema());
    add(schemas, definition.output().schema());
    return schemas;
  }

  /** Those that a task itself needs before it begins, in the order of their use. */
  public static List<ExternalSchema> of(Task task) {
    List<ExternalSchema> schemas = new ArrayList<>(0);
    TaskHeader header = task.header();
    add(schemas, header.input().schema());
    add(schemas, header.output().schema());
    add(schemas, header.export());
    ForEachEvent each =
        task instanceof Task.Listen listen
            ? listen.forEach()
            : task instanceof Task.Subscribe subscribe ? subscribe.forEach() : null;
    if (each != null) {
      add(schemas, each.output().schema());
      add(schemas, each.export());
    }
    return schemas;
  }

  /** Without {@code as} nothing is exported, and nothing checked. */
  private static void add(List<ExternalSchema> schemas, Export export) {
    if (export.as() != null) {
      add(schemas, export.schema());
    }
  }

  private static void add(List<ExternalSchema> schemas, @Nullable DataSchema schema) {
    if (schema instanceof ExternalSchema external) {
      schemas.add(external);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException always: its document takes its place before data is checked
   */
  @Override
  public List<String> violations(JsonNode data) {
    throw new IllegalStateException("the schema at " + reference + " was not fetched");
  }
}
