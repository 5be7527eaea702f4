package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.capstan.dsl.diagnostic.Diagnostic;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The grammar against the specification's schema as an oracle: what the schema refuses must be
 * rejected, and what it accepts must have no finding about its structure (11xx); the meaning may
 * still be wrong.
 */
@DisplayName("The grammar says what the specification's schema says")
class SchemaEquivalenceTest {
  /** Every n-th mutation, so that the test stays within seconds. */
  private static final int STRIDE = 11;

  private final DefinitionLoader loader = new DefinitionLoader();
  private final Schema schema = schema();

  @Test
  void on_all_examples_and_on_thousands_of_mutations() throws SourceException {
    List<String> disagreements = new ArrayList<>();
    int compared = 0;
    for (TestFile file : TestFile.in("conformance/examples")) {
      JsonNode example = SourceReader.read(file.text(), file.name(), SourceLimits.DEFAULT).root();
      compare(new Mutation("unchanged", example), file, disagreements);
      List<Mutation> mutations = Mutation.of(example);
      for (int i = compared % STRIDE; i < mutations.size(); i += STRIDE) {
        compare(mutations.get(i), file, disagreements);
        compared++;
      }
    }
    assertThat(disagreements).isEmpty();
    assertThat(compared).isGreaterThan(1_000);
  }

  private void compare(Mutation mutation, TestFile file, List<String> disagreements) {
    boolean valid = schema.validate(mutation.document()).isEmpty();
    List<String> structural = structural(loader.load(mutation.document()));
    boolean rejected = loader.load(mutation.document()) instanceof LoadResult.Rejected;
    if (valid ? !structural.isEmpty() : !rejected && !isWiderOnPurpose(mutation.document())) {
      disagreements.add(
          file + " " + mutation.what() + ": schema says " + valid + ", loader says " + structural);
    }
  }

  private static List<String> structural(LoadResult result) {
    return switch (result) {
      case LoadResult.Loaded loaded -> List.of();
      case LoadResult.Rejected rejected ->
          rejected.diagnostics().stream()
              .filter(Diagnostic::isError)
              .filter(diagnostic -> diagnostic.code().startsWith("CAP-11"))
              .map(Diagnostic::toString)
              .toList();
    };
  }

  /** Arguments as an object: see the comment on the grammar. */
  private static boolean isWiderOnPurpose(JsonNode document) {
    return document.findValues("arguments").stream().anyMatch(JsonNode::isObject);
  }

  private static Schema schema() {
    try (InputStream stream =
        Objects.requireNonNull(
            DefinitionLoader.class.getResourceAsStream("workflow-schema.yaml"))) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      JsonNode document = SourceReader.read(text, "schema.yaml", SourceLimits.DEFAULT).root();
      SchemaRegistryConfig config =
          SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
      return SchemaRegistry.withDefaultDialect(
              SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config))
          .getSchema(document);
    } catch (IOException | SourceException e) {
      throw new IllegalStateException(e);
    }
  }
}
