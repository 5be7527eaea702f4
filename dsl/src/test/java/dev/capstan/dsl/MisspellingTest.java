package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A misspelled key")
class MisspellingTest {
  /**
   * Where the author's own names stand; a last step of {@code *} is one name, {@code **} all below.
   */
  private static final List<Pattern> OWN_NAMES =
      List.of(
          own("/do/\\d+"),
          own("/branches/\\d+"),
          own("/try/\\d+"),
          own("/before/\\d+"),
          own("/switch/\\d+"),
          own("/extensions/\\d+"),
          own("/use/(authentications|errors|functions|retries|timeouts|catalogs)"),
          own("/correlate"),
          below("/set"),
          below("/schema/document"),
          below("/headers"),
          below("/query"),
          below("/body"),
          below("/parameters"),
          below("/payload"),
          below("/environment"),
          below("/(from|as)"),
          below("/data"),
          below("/in/\\d+"),
          below("/run/workflow/input"),
          below("/(grpc|greet)/with/arguments"),
          below("/(log|getPet)/with"));

  private final DefinitionLoader loader = new DefinitionLoader();
  private final ObjectMapper json = new ObjectMapper();

  @Test
  void is_found_with_its_place_and_the_nearest_name_unless_it_is_the_authors_own()
      throws SourceException, JsonProcessingException {
    List<String> missed = new ArrayList<>();
    int found = 0;
    for (TestFile file : TestFile.in("conformance/examples")) {
      JsonNode example = SourceReader.read(file.text(), file.name(), SourceLimits.DEFAULT).root();
      for (Mutation mutation : Mutation.misspelled(example)) {
        if (isOwnName(mutation.what())) {
          continue;
        }
        String text = json.writerWithDefaultPrettyPrinter().writeValueAsString(mutation.document());
        if (isFound(mutation.what(), text, loader.load(text, "misspelled.json"))) {
          found++;
        } else {
          missed.add(file + " " + mutation.what() + ": " + said(loader.load(text, "x.json")));
        }
      }
    }
    assertThat(missed).isEmpty();
    assertThat(found).isGreaterThan(600);
  }

  /** Each property that the specification's schema has anywhere, misspelled once. */
  @Test
  void of_the_language_is_found_wherever_the_language_has_it() throws IOException, SourceException {
    List<String> missed = new ArrayList<>();
    List<Mutation> mutations = SchemaProperties.misspelled(schema());
    for (Mutation mutation : mutations) {
      String text = json.writerWithDefaultPrettyPrinter().writeValueAsString(mutation.document());
      LoadResult result = loader.load(text, "misspelled.json");
      if (!isFound(mutation.what(), text, result)) {
        missed.add(mutation.what() + ": " + said(result) + "\n" + mutation.document());
      }
    }
    assertThat(missed).isEmpty();
    assertThat(mutations).hasSizeGreaterThan(300);
  }

  private static JsonNode schema() throws IOException, SourceException {
    try (InputStream stream =
        Objects.requireNonNull(
            DefinitionLoader.class.getResourceAsStream("workflow-schema.yaml"))) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return SourceReader.read(text, "schema.yaml", SourceLimits.DEFAULT).root();
    }
  }

  private static boolean isFound(String path, String text, LoadResult result) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    String right = name.substring(0, name.length() - 1);
    return said(result).stream()
        .anyMatch(diagnostic ->
            String.valueOf(diagnostic.hint()).contains("did you mean \"" + right + "\"?")
                && text.lines()
                    .toList()
                    .get(diagnostic.line() - 1)
                    .substring(diagnostic.column() - 1)
                    .startsWith("\"" + name + "\""));
  }

  private static List<Diagnostic> said(LoadResult result) {
    return switch (result) {
      case LoadResult.Loaded loaded -> loaded.warnings();
      case LoadResult.Rejected rejected -> rejected.diagnostics();
    };
  }

  private static boolean isOwnName(String path) {
    return OWN_NAMES.stream().anyMatch(pattern -> pattern.matcher(path).matches());
  }

  private static Pattern own(String parent) {
    return Pattern.compile(".*" + parent + "/[^/]+");
  }

  private static Pattern below(String parent) {
    return Pattern.compile(".*" + parent + "/.+");
  }
}
