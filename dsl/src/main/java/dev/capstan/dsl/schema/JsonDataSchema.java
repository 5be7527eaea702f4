package dev.capstan.dsl.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import dev.capstan.dsl.model.DataSchema;
import dev.capstan.dsl.model.TextPattern;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema of the draft that its {@code $schema} names, else of 2020-12. It is prepared at its
 * first use, because that costs far more than to load the rest of a definition, and many
 * definitions are loaded without being run. Nothing is ever fetched.
 */
public final class JsonDataSchema implements DataSchema {
  private static final int MOST_VIOLATIONS = 20;
  private static final int LONGEST_MESSAGE = 300;

  /** Of all its patterns at the characters of the data: about half a second. */
  private static final int MOST_LOOKS = 50_000_000;

  private static final SchemaRegistryConfig CONFIG =
      SchemaRegistryConfig.builder()
          .pathType(PathType.JSON_POINTER)
          .locale(Locale.ROOT)
          .regularExpressionFactory(BoundedPattern::new)
          .build();

  private final JsonNode document;
  private volatile @Nullable Schema prepared;

  /** Takes a schema that has no {@link SchemaDocuments#problems}. */
  public JsonDataSchema(JsonNode document) {
    this.document = document;
  }

  /**
   * Prepares it with all its parts, and says why that can't be done: mistakes that its document
   * alone does not show. Costs far more than {@link SchemaDocuments#problems}.
   *
   * @return a sentence; null if it can be used
   */
  public @Nullable String unusable() {
    try {
      schema().initializeValidators();
      return null;
    } catch (StackOverflowError e) {
      return "its parts refer to each other without end";
    } catch (RuntimeException e) {
      return reason(e);
    }
  }

  @Override
  public List<String> violations(JsonNode data) {
    try {
      return BoundedPattern.within(MOST_LOOKS, () -> check(data));
    } catch (TextPattern.TooLongException | BoundedEvaluation.TooManyStepsException e) {
      return List.of("the data can't be checked: " + reason(e));
    } catch (StackOverflowError e) {
      return List.of("the data can't be checked: the schema or the data is nested without end");
    } catch (RuntimeException e) {
      // What a library does with a schema that makes no sense can't be foreseen.
      return List.of("the schema can't be used: " + reason(e));
    }
  }

  private List<String> check(JsonNode data) {
    Schema schema = schema();
    BoundedEvaluation evaluation =
        new BoundedEvaluation(schema.createExecutionContext().getExecutionConfig());
    return schema.validate(evaluation, data, OutputFormat.DEFAULT).stream()
        .limit(MOST_VIOLATIONS)
        .map(JsonDataSchema::sentence)
        .toList();
  }

  /** What the library means to say; of what it did not foresee, only that it could not do it. */
  private static String reason(RuntimeException e) {
    boolean isMeant =
        e instanceof SchemaException
            || e instanceof TextPattern.TooLongException
            || e instanceof BoundedEvaluation.TooManyStepsException;
    return isMeant && e.getMessage() != null
        ? shortened(e.getMessage())
        : "one of its keywords has a value that makes no sense";
  }

  /** Two threads may prepare it twice at first; the results are equal. */
  private Schema schema() {
    Schema known = prepared;
    if (known == null) {
      // A registry of its own: schemas of different users may have the same $id.
      known =
          SchemaRegistry.withDefaultDialect(
                  SpecificationVersion.DRAFT_2020_12,
                  registry ->
                      registry
                          .schemaRegistryConfig(CONFIG)
                          .schemaLoader(loader ->
                              loader
                                  .fetchRemoteResources(false)
                                  .block(address -> !isDraft(address.toString()))))
              .getSchema(document);
      prepared = known;
    }
    return known;
  }

  private static boolean isDraft(String address) {
    return address.contains("//json-schema.org/draft");
  }

  private static String sentence(Error error) {
    String place = error.getInstanceLocation().toString();
    return (place.isEmpty() ? "" : place + ": ") + shortened(error.getMessage());
  }

  private static String shortened(String message) {
    return message.length() <= LONGEST_MESSAGE
        ? message
        : message.substring(0, LONGEST_MESSAGE) + "...";
  }
}
