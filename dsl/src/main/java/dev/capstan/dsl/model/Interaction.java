package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * What people or programs say to a listening task through the engine, by {@code metadata.capstan}.
 * Whatever they say becomes a cloud event of the kind that the task listens for.
 */
public sealed interface Interaction {

  /** What the data of the cloud event has to be; null for anything. */
  @Nullable DataSchema schema();

  /** Attributes of the cloud event that the task's filter asks for, its {@code type} among them. */
  JsonNode event();

  /**
   * A person decides.
   *
   * @param texts an object of {@code title} and, where they are given, {@code description}, {@code
   *     assignee} and {@code candidates}
   * @param due how long after its beginning it should be decided; null when that does not matter
   * @param priority from -100 to 100, for those who choose what to do first
   * @param form the JSON schema of the decision as it is written; null for none
   */
  record Human(
      Template texts,
      @Nullable DslDuration due,
      int priority,
      @Nullable JsonNode form,
      @Nullable DataSchema schema,
      JsonNode event)
      implements Interaction {}

  /**
   * A program says something, and may be answered.
   *
   * @param name by which it is sent
   */
  record Update(String name, @Nullable DataSchema schema, JsonNode event) implements Interaction {}
}
