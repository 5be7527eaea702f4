package dev.capstan.dsl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EditorSchemaTest {
  private static final String ALL_SETTINGS =
      """
      document:
        dsl: '1.0.3'
        namespace: test
        name: settings
        version: '1.0.0'
        metadata: { team: red, capstan: { deadline: '${ .due }' } }
      do:
        - train:
            for: { in: '${ .models }' }
            do: [{ fit: { run: { script: { language: python, code: 'print(1)' } } } }]
            metadata:
              team: red
              capstan:
                require:
                  gpu: true
                  zone: [a, b]
                  ssd: { exists: true }
                  cpu: { atLeast: 4, atMost: 64 }
                  memory: { atLeast: 8GiB }
                prefer:
                  zone: a
                  arch: { is: arm64, weight: 10 }
                spread: zone
                node: n1
                priority: 10
                key: 7
                concurrency: { key: license, limit: 5 }
                rate: { key: mail, limit: 100, per: PT1M }
                queueTimeout: { minutes: 5 }
                recovery: retry_same_node
                recoveryTimeout: PT2M
                idempotencyKey: '${ "train-\\(.id)" }'
                deadline: 2026-03-01T12:00:00Z
                parallel: { width: 8, onError: collect }
                compensate: [ { forget: { set: { model: none } } } ]
                continueAsNew: false
        - approve:
            listen: { to: { one: { with: { type: com.example.decided } } } }
            metadata:
              capstan:
                human:
                  title: '${ .name }'
                  description: Please look
                  assignee: ada
                  candidates: [ada, '${ .boss }']
                  form: { type: object }
                  due: P2D
                  priority: 5
        - change:
            listen: { to: { any: [ { with: { type: com.example.changed } } ], until: '${ length == 3 }' } }
            metadata:
              capstan:
                update: { name: change, input: { type: object } }
        - read:
            call: http
            with: { method: get, endpoint: { uri: 'https://x.example', authentication: { oidc: { authority: 'https://id.example', grant: authorization_code } } } }
            metadata:
              capstan:
                authorizationCode: { code: '${ .code }', redirectUri: 'https://app.example', codeVerifier: '${ .verifier }' }
      """;

  private final DefinitionLoader loader = new DefinitionLoader();
  private final Schema schema =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(EditorSchema.read());

  private static JsonNode allSettings() throws SourceException {
    return SourceReader.read(ALL_SETTINGS, "settings.yaml", SourceLimits.DEFAULT).root();
  }

  @Test
  void whatTheEngineTakesTheSchemaTakesAsWellInThousandsOfMutations() throws SourceException {
    List<String> disagreements = new ArrayList<>();
    int accepted = 0;
    for (Mutation mutation : Mutation.of(allSettings())) {
      if (loader.load(mutation.document()) instanceof LoadResult.Loaded) {
        accepted++;
        schema
            .validate(mutation.document())
            .forEach(error -> disagreements.add(mutation.what() + ": " + error));
      }
    }
    assertThat(disagreements).isEmpty();
    assertThat(accepted).isGreaterThan(20);
    assertThat(schema.validate(allSettings())).isEmpty();
  }

  @Test
  void everySettingThatIsMisspelledIsRefused() throws SourceException {
    Set<String> tried = new TreeSet<>();
    for (String task : List.of("/do/0/train", "/do/1/approve", "/do/2/change", "/do/3/read")) {
      JsonNode settings = allSettings().at(task + "/metadata/capstan");
      for (String name : settings.propertyStream().map(each -> each.getKey()).toList()) {
        JsonNode document = allSettings();
        ObjectNode changed = (ObjectNode) document.at(task + "/metadata/capstan");
        changed.set(name + "x", changed.remove(name));

        assertThat(schema.validate(document)).as(name).isNotEmpty();
        assertThat(loader.load(document)).as(name).isInstanceOf(LoadResult.Rejected.class);
        tried.add(name);
      }
    }
    assertThat(tried)
        .as("a setting that is new is to be tried here too")
        .containsExactlyInAnyOrderElementsOf(
            properties().propertyStream().map(each -> each.getKey()).toList());
  }

  @Test
  void whatIsOutOfRangeOrOfAnotherTypeIsRefused() throws SourceException {
    assertThat(problems("priority", "101")).isNotEmpty();
    assertThat(problems("recovery", "restart")).isNotEmpty();
    assertThat(problems("concurrency", "{ key: license }")).isNotEmpty();
    assertThat(problems("require", "{ cpu: { atleast: 4 } }")).isNotEmpty();
    assertThat(problems("prefer", "{ zone: { is: a, weight: 0 } }")).isNotEmpty();
    assertThat(problems("parallel", "{ onError: fault }")).isNotEmpty();
    assertThat(problems("parallel", "{ width: 1001 }")).isNotEmpty();
    assertThat(problems("parallel", "{ width: 8, onError: ignore }")).isNotEmpty();
    assertThat(problems("authorizationCode", "{ redirectUri: 'https://app.example' }"))
        .isNotEmpty();
    assertThat(problems("authorizationCode", "{ code: c, codeVerifyer: v }")).isNotEmpty();
    assertThat(problems("authorizationCode", "{ code: c }")).isEmpty();
    assertThat(problems("priority", "-100")).isEmpty();
    assertThat(problems("priority", "'${ .priority }'")).isEmpty();
    assertThat(problems("key", "'${ .customer }'")).isEmpty();
  }

  private List<com.networknt.schema.Error> problems(String name, String value)
      throws SourceException {
    JsonNode document = allSettings();
    JsonNode changed =
        SourceReader.read("value: " + value, "value.yaml", SourceLimits.DEFAULT).root();
    ((ObjectNode) document.at("/do/0/train/metadata/capstan")).set(name, changed.get("value"));
    return schema.validate(document);
  }

  private static JsonNode properties() {
    return EditorSchema.read().at("/$defs/task/properties/metadata/properties/capstan/properties");
  }

  @Test
  void everySettingIsDescribed() {
    assertThat(properties()).isNotEmpty();
    assertThat(properties())
        .allSatisfy(setting -> assertThat(setting.path("description").asText()).isNotEmpty());
  }

  @Test
  void itDoesNotBearTheNameOfTheSpecificationsSchema() {
    assertThat(EditorSchema.read().path("$id").asText()).startsWith("urn:capstan:");
  }
}
