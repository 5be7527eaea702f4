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

  @Override
  public List<String> violations(JsonNode data) {
    try {
      Schema schema = schema();
      BoundedEvaluation evaluation =
          new BoundedEvaluation(schema.createExecutionContext().getExecutionConfig());
      return schema.validate(evaluation, data, OutputFormat.DEFAULT).stream()
          .limit(MOST_VIOLATIONS)
          .map(JsonDataSchema::sentence)
          .toList();
    } catch (TextPattern.TooLongException | BoundedEvaluation.TooManyStepsException e) {
      return List.of("the data can't be checked: " + shortened(String.valueOf(e.getMessage())));
    } catch (SchemaException e) {
      return List.of("the schema can't be used: " + shortened(String.valueOf(e.getMessage())));
    } catch (StackOverflowError e) {
      return List.of("the data can't be checked: the schema or the data is nested without end");
    }
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
