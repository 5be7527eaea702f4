package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.executor.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, OpenAPI call; Swagger 2.0 and OpenAPI 3 documents. */
class OpenApiCallTest {

  private static final String ERRORS = "https://open-workflow-specification.org/spec/1.0.0/errors/";

  /** The pet store's own, as far as it is called here. */
  private static final String PETSTORE =
      """
      {"swagger":"2.0","host":"HOST","basePath":"/v2","schemes":["https","http"],
       "paths":{
        "/pet":{"post":{"operationId":"addPet","consumes":["application/xml","application/json"],
          "parameters":[{"in":"body","name":"pet","required":true,"schema":{"$ref":"#/definitions/Pet"}}]}},
        "/pet/findByStatus":{"get":{"operationId":"findPetsByStatus","produces":["application/json","application/xml"],
          "parameters":[{"name":"status","in":"query","required":true,"type":"array","items":{"type":"string"},"collectionFormat":"multi"}]}},
        "/pet/findByTags":{"get":{"operationId":"findPetsByTags",
          "parameters":[{"name":"tags","in":"query","type":"array","items":{"type":"string"}}]}},
        "/pet/{petId}":{
          "parameters":[{"$ref":"#/parameters/petId"}],
          "get":{"operationId":"getPetById","security":[{"api_key":[]}]},
          "post":{"operationId":"updatePetWithForm","consumes":["application/x-www-form-urlencoded"],
            "parameters":[{"name":"name","in":"formData","type":"string"},{"name":"status","in":"formData","type":"string"}]}},
        "/pet/{petId}/uploadImage":{"post":{"operationId":"uploadFile","consumes":["multipart/form-data"],
          "parameters":[{"$ref":"#/parameters/petId"},{"name":"note","in":"formData","type":"string"},{"name":"file","in":"formData","type":"file"}]}}},
       "parameters":{"petId":{"name":"petId","in":"path","required":true,"type":"integer"}},
       "securityDefinitions":{"api_key":{"type":"apiKey","name":"x-store","in":"header"}},
       "definitions":{"Pet":{"type":"object","required":["name"],"properties":{"id":{"type":"integer"},"name":{"type":"string"},"status":{"type":"string"}}}}}
      """;

  private static final String THINGS =
      """
      openapi: 3.1.0
      servers:
        - url: /{stage}/api
          variables: {stage: {default: v3}}
      paths:
        /things/{id}:
          parameters:
            - {name: id, in: path, required: true, schema: {type: string}}
          get:
            operationId: getThing
            parameters:
              - {name: fields, in: query, explode: false, schema: {type: array}}
              - {name: filter, in: query, style: deepObject, schema: {type: object}}
              - {name: X-Trace, in: header, schema: {type: string}}
              - {name: session, in: cookie, schema: {type: string}}
            responses:
              '200': {content: {application/json: {}}}
          patch:
            operationId: changeThing
            requestBody: {$ref: '#/components/requestBodies/Thing'}
        /things:
          servers: [{url: /elsewhere/}]
          post:
            operationId: addThing
            requestBody:
              required: true
              content:
                application/json: {schema: {oneOf: [{type: object}]}}
          put:
            operationId: importThings
            requestBody:
              content: {text/csv: {schema: {type: string}}}
        /twice/{a}: {get: {operationId: twice}}
        /twice/{b}: {get: {operationId: twice}}
        /key:
          get:
            operationId: withKey
            security: [{key: []}]
      components:
        securitySchemes:
          key: {type: apiKey, name: k, in: query}
        requestBodies:
          Thing:
            content:
              application/merge-patch+json:
                schema:
                  allOf:
                    - properties: {title: {type: string}}
                    - {$ref: '#/components/schemas/Text'}
        schemas:
          Text: {type: object, properties: {body: {type: string}}}
      """;

  @TempDir Path directory;

  private Site site;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    site = new Site();
    cluster =
        Cluster.start(
            directory,
            new FakeCoordinator(),
            options -> options.limits(Limits.ofDefaults().withResponseBytes(64 * 1024)));
    site.page(
        "/docs/petstore.json",
        200,
        "application/json",
        PETSTORE.replace("HOST", "127.0.0.1:" + site.port()));
    site.page("/docs/things.yaml", 200, "application/yaml", THINGS);
    site.page("/", 200, "application/json", "{\"id\":1,\"name\":\"Rex\",\"status\":\"available\"}");
  }

  @AfterEach
  void stop() {
    cluster.close();
    site.close();
  }

  private String arguments(String document, String operation, String more) {
    String uri = document.contains(":/") ? document : site.url(document);
    return """
    {"document":{"endpoint":{"uri":"%s"}},"operationId":"%s"%s}\
    """
        .formatted(uri, operation, more.isEmpty() ? "" : "," + more);
  }

  private static String parameters(String json) {
    return json.isEmpty() ? "" : "\"parameters\":" + json;
  }

  private JsonNode store(String operation, String more) throws IOException {
    return cluster.output("call:openapi", arguments("/docs/petstore.json", operation, more));
  }

  private JsonNode things(String operation, String more) throws IOException {
    return cluster.output("call:openapi", arguments("/docs/things.yaml", operation, more));
  }

  private Fault failing(String document, String operation, String more) {
    return cluster.fault("call:openapi", arguments(document, operation, more));
  }

  private Fault failingIn(String document, String operation) throws IOException {
    Path file = Files.writeString(directory.resolve("document"), document);
    return failing(file.toUri().toString(), operation, "");
  }

  private static String asked(Site.Seen seen) {
    return seen.method() + " " + seen.uri();
  }

  @Nested
  class Kit {

    @Test
    void callOpenApiWithContentOutput() throws Exception {
      site.page("/v2/pet/findByStatus", 200, "application/json", "[{\"id\":1},{\"id\":2}]");

      JsonNode output = store("findPetsByStatus", parameters("{\"status\":\"available\"}"));

      assertThat(output.toString()).isEqualTo("[{\"id\":1},{\"id\":2}]");
      assertThat(asked(site.last())).isEqualTo("GET /v2/pet/findByStatus?status=available");
    }

    @Test
    void callOpenApiWithResponseOutput() throws Exception {
      JsonNode output =
          store("getPetById", parameters("{\"petId\":1}") + ",\"output\":\"response\"");

      JsonNode request = output.path("request");
      assertThat(request.path("method").textValue()).isEqualTo("GET");
      assertThat(request.path("uri").textValue()).isEqualTo(site.url("/v2/pet/1"));
      assertThat(request.path("headers").isObject()).isTrue();
      assertThat(output.path("headers").path("content-type").textValue())
          .isEqualTo("application/json");
      assertThat(output.path("statusCode").intValue()).isEqualTo(200);
      assertThat(output.path("content").path("name").textValue()).isEqualTo("Rex");
    }
  }

  @Nested
  class Swagger2 {

    @Test
    void arraysAreRepeatedOrJoinedAsTheDocumentSays() throws Exception {
      store("findPetsByStatus", parameters("{\"status\":[\"sold\",\"a b\"]}"));
      assertThat(site.last().uri().getRawQuery()).isEqualTo("status=sold&status=a%20b");
      assertThat(site.last().header("Accept")).isEqualTo("application/json, */*;q=0.5");

      store("findPetsByTags", parameters("{\"tags\":[\"x\",\"y\"]}"));
      assertThat(site.last().uri().getRawQuery()).isEqualTo("tags=x,y");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{\"pet\":{\"name\":\"Rex\"}}",
          "{\"body\":{\"name\":\"Rex\"}}",
          "{\"name\":\"Rex\"}"
        })
    void theBodyIsGivenByItsNameOrByItsMembers(String given) throws Exception {
      store("addPet", parameters(given));

      assertThat(asked(site.last())).isEqualTo("POST /v2/pet");
      assertThat(site.last().body()).isEqualTo("{\"name\":\"Rex\"}");
      assertThat(site.last().header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    void formDataIsAForm() throws Exception {
      store("updatePetWithForm", parameters("{\"petId\":7,\"name\":\"a b\",\"status\":\"sold\"}"));

      assertThat(asked(site.last())).isEqualTo("POST /v2/pet/7");
      assertThat(site.last().body()).isEqualTo("name=a%20b&status=sold");
      assertThat(site.last().header("Content-Type")).isEqualTo("application/x-www-form-urlencoded");
    }

    @Test
    void aFileMakesTheFormMultipart() throws Exception {
      store("uploadFile", parameters("{\"petId\":7,\"note\":\"é\",\"file\":\"bytes\"}"));

      String type = site.last().header("Content-Type");
      String boundary = type.substring("multipart/form-data; boundary=".length());
      assertThat(site.last().body())
          .isEqualTo(
              """
              --B
              Content-Disposition: form-data; name="note"

              é
              --B
              Content-Disposition: form-data; name="file"; filename="file"
              Content-Type: application/octet-stream

              bytes
              --B--
              """
                  .replace("--B", "--" + boundary)
                  .replace("\n", "\r\n"));
    }

    @Test
    void withoutHostAndSchemesTheDocumentsServerIsCalled() throws Exception {
      site.page(
          "/docs/bare.yaml",
          200,
          "text/yaml",
          "swagger: 2.0\npaths: {/x: {get: {operationId: x}}}");

      cluster.output("call:openapi", arguments("/docs/bare.yaml", "x", ""));

      assertThat(asked(site.last())).isEqualTo("GET /x");
      assertThat(site.last().header("Accept")).isEmpty();
    }
  }

  @Nested
  class OpenApi3 {

    @Test
    void parametersTravelWhereTheDocumentSays() throws Exception {
      things(
          "getThing",
          parameters(
              """
              {"id":"a/b","fields":["x","y z"],"filter":{"n":1},"X-Trace":"t 1","session":"s=="}\
              """));

      assertThat(asked(site.last()))
          .isEqualTo("GET /v3/api/things/a%2Fb?fields=x,y%20z&filter%5Bn%5D=1");
      assertThat(site.last().header("X-Trace")).isEqualTo("t 1");
      assertThat(site.last().header("Cookie")).isEqualTo("session=s==");
    }

    @Test
    void whatIsNoParameterIsAMemberOfTheBody() throws Exception {
      things("changeThing", parameters("{\"id\":\"1\",\"title\":\"T\",\"body\":\"text\"}"));

      assertThat(asked(site.last())).isEqualTo("PATCH /v3/api/things/1");
      assertThat(site.last().body()).isEqualTo("{\"title\":\"T\",\"body\":\"text\"}");
      assertThat(site.last().header("Content-Type")).isEqualTo("application/merge-patch+json");
    }

    @Test
    void aLoneObjectCalledBodyIsTheWholeBody() throws Exception {
      things("changeThing", parameters("{\"id\":\"1\",\"body\":{\"title\":null}}"));

      assertThat(site.last().body()).isEqualTo("{\"title\":null}");
    }

    @Test
    void aBodyWhoseSchemaIsOpenTakesAnyMember() throws Exception {
      things("addThing", parameters("{\"any\":[1]}"));

      assertThat(asked(site.last())).isEqualTo("POST /elsewhere/things");
      assertThat(site.last().body()).isEqualTo("{\"any\":[1]}");
    }

    @Test
    void aBodyOfAnotherTypeIsSentAsItIs() throws Exception {
      things("importThings", parameters("{\"body\":\"a;b\"}"));

      assertThat(site.last().body()).isEqualTo("a;b");
      assertThat(site.last().header("Content-Type")).isEqualTo("text/csv");
    }

    @Test
    void aKeyOfTheOperationsSecurityIsASecretParameter() throws Exception {
      JsonNode output =
          things("withKey", parameters("{\"k\":\"hush hush\"}") + ",\"output\":\"response\"");

      assertThat(site.last().uri().getRawQuery()).isEqualTo("k=hush%20hush");
      assertThat(output.path("request").path("uri").textValue())
          .isEqualTo(site.url("/v3/api/key?k=***"));
    }

    @Test
    void aDocumentInAFileNamesItsServer() throws Exception {
      Path file =
          Files.writeString(
              directory.resolve("api.json"),
              """
              {"openapi":"3.0.3","servers":[{"url":"%s"}],"paths":{"/x":{"get":{"operationId":"x"}}}}
              """
                  .formatted(site.url("/base/")));

      cluster.output("call:openapi", arguments(file.toUri().toString(), "x", ""));

      assertThat(asked(site.last())).isEqualTo("GET /base/x");
    }
  }

  @Nested
  class LikeAnHttpCall {

    @Test
    void theAuthenticationIsOfTheCallAndNotOfTheDocument() throws Exception {
      store(
          "getPetById",
          parameters("{\"petId\":1}") + ",\"authentication\":{\"bearer\":{\"token\":\"abc\"}}");

      assertThat(site.last().header("Authorization")).isEqualTo("Bearer abc");
      assertThat(site.seen().getFirst().header("Authorization")).isEmpty();
    }

    @Test
    void theDocumentMayNeedAnAuthenticationOfItsOwn() throws Exception {
      cluster.output(
          "call:openapi",
          """
          {"document":{"endpoint":{"uri":"%s","authentication":{"basic":{"username":"u","password":"secret"}}}},
           "operationId":"getPetById","parameters":{"petId":1}}
          """
              .formatted(site.url("/docs/petstore.json")));

      assertThat(site.seen().getFirst().header("Authorization")).startsWith("Basic ");
      assertThat(site.last().header("Authorization")).isEmpty();
    }

    @Test
    void redirectionsAreFollowedWhenTheTaskSaysSo() throws Exception {
      site.page(
          "/v2/pet/9",
          exchange -> {
            exchange.getResponseHeaders().set("Location", "/v2/pet/10");
            Site.answer(exchange, 302, "", new byte[0]);
          });

      assertThat(
              failing("/docs/petstore.json", "getPetById", parameters("{\"petId\":9}")).getStatus())
          .isEqualTo(302);
      assertThat(store("getPetById", parameters("{\"petId\":9}") + ",\"redirect\":true").path("id"))
          .hasToString("1");
    }

    @Test
    void anErrorStatusIsACommunicationError() {
      site.page("/v2/pet/404", 404, "text/plain", "no such pet");

      Fault fault = failing("/docs/petstore.json", "getPetById", parameters("{\"petId\":404}"));

      assertThat(fault.getType()).isEqualTo(ERRORS + "communication");
      assertThat(fault.getStatus()).isEqualTo(404);
      assertThat(fault.getDetail()).contains("GET " + site.url("/v2/pet/404"), "no such pet");
    }

    @Test
    void theRawOutputIsBase64AndTheIdempotencyKeyIsSent() throws Exception {
      site.page("/v2/pet/5", 200, "application/json", "[1]");
      Dispatch dispatch =
          cluster
              .coordinator()
              .dispatch(
                  "call:openapi",
                  arguments(
                      "/docs/petstore.json",
                      "getPetById",
                      parameters("{\"petId\":5}") + ",\"output\":\"raw\""),
                  "e/7");
      cluster.coordinator().session(0).send(dispatch);

      Report report = cluster.coordinator().report(dispatch.getToken());

      assertThat(report.getOutput().toStringUtf8()).isEqualTo("\"WzFd\"");
      assertThat(site.last().header("Idempotency-Key")).isEqualTo("e/7");
    }

    @Test
    void aCancelledAttemptDoesNotWaitForItsDocument() throws Exception {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch stopped = new CountDownLatch(1);
      site.page(
          "/docs/slow",
          exchange -> {
            asked.countDown();
            Awaitility.await()
                .atMost(FakeCoordinator.PATIENCE)
                .until(() -> stopped.getCount() == 0);
            Site.answer(exchange, 200, "", "{}".getBytes(StandardCharsets.UTF_8));
          });
      Dispatch dispatch =
          cluster.coordinator().dispatch("call:openapi", arguments("/docs/slow", "x", ""));
      cluster.coordinator().session(0).send(dispatch);
      asked.await();

      cluster.coordinator().session(0).cancel(dispatch.getToken());
      Report report = cluster.coordinator().report(dispatch.getToken());
      stopped.countDown();

      assertThat(report.getOutcomeCase()).isEqualTo(Report.OutcomeCase.CANCELLED);
    }
  }

  @Nested
  class Documents {

    @Test
    void manyCallsReadADocumentOnce() throws Exception {
      for (int i = 0; i < 3; i++) {
        store("getPetById", parameters("{\"petId\":1}"));
      }

      assertThat(site.seen())
          .extracting(seen -> seen.uri().getPath())
          .containsOnlyOnce("/docs/petstore.json");
    }

    @Test
    void relativeServersAreRelativeToWhereTheDocumentWasFoundInTheEnd() throws Exception {
      site.page(
          "/moved",
          exchange -> {
            exchange.getResponseHeaders().set("Location", "/docs/deep/api.yaml");
            Site.answer(exchange, 301, "", new byte[0]);
          });
      site.page(
          "/docs/deep/api.yaml",
          200,
          "",
          "{openapi: 3.0.0, servers: [{url: ../v1}], paths: {/x: {get: {operationId: x}}}}");

      cluster.output("call:openapi", arguments("/moved", "x", ""));

      assertThat(asked(site.last())).isEqualTo("GET /docs/v1/x");
    }

    @Test
    void oneThatCanNotBeFetchedIsACommunicationError() {
      site.page("/docs/gone", 410, "text/plain", "gone");

      Fault gone = failing("/docs/gone", "x", "");
      Fault nobody = failing("http://127.0.0.1:1/api", "x", "");

      assertThat(gone.getType()).isEqualTo(ERRORS + "communication");
      assertThat(gone.getStatus()).isEqualTo(410);
      assertThat(nobody.getType()).isEqualTo(ERRORS + "communication");
    }

    @Test
    void oneThatIsTooLargeIsACommunicationError() {
      site.page("/docs/large", 200, "text/yaml", "#".repeat(65 * 1024));

      assertThat(failing("/docs/large", "x", "").getDetail()).contains("limit of 65536 bytes");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "'a: b: c'|neither JSON nor YAML",
          "'hello'|it has neither 'openapi' nor 'swagger'",
          "'{\"a\":1}'|it has neither 'openapi' nor 'swagger'",
          "'{\"swagger\":\"1.2\"}'|is of version '1.2'; Swagger 2.0 and OpenAPI 3 are understood",
          "'openapi: 3.0.0'|None of its operations has an 'operationId'",
          "'{openapi: 3.0.0, paths: {/x: {get: {operationId: x}}}}'|is relative to the document",
          "'{swagger: 2.0, paths: {/x: {get: {operationId: x}}}}'|names no 'host'",
          "'{openapi: 3.0.0, servers: [{url: ''ws://h/''}], paths: {/x: {get: {operationId: x}}}}'|must begin with http:// or https://",
          "'{openapi: 3.0.0, servers: [{url: ''http://{h}/''}], paths: {/x: {get: {operationId: x}}}}'|variable 'h' without a default",
          "'{swagger: 2.0, host: h, schemes: [ws], paths: {/x: {get: {operationId: x}}}}'|has the schemes ws",
          "'{openapi: 3.0.0, paths: {/x: {get: {operationId: x, parameters: [{$ref: ''other.yaml#/a''}]}}}}'|only references within the document",
          "'{openapi: 3.0.0, paths: {/x: {get: {operationId: x, parameters: [{$ref: ''#/a''}]}}}}'|which it does not contain",
          "'{openapi: 3.0.0, a: {$ref: ''#/a''}, paths: {/x: {get: {operationId: x, parameters: [{$ref: ''#/a''}]}}}}'|in a circle",
          "'{openapi: 3.0.0, paths: {/x: {$ref: ''x.yaml''}}}'|Paths that stand in other documents are not read: '/x'"
        })
    void oneThatDoesNotDescribeTheOperationIsAConfigurationError(String document, String detail)
        throws Exception {
      Fault fault = failingIn(document, "x");

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Misuse {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "getPetByID|Near it are 'getPetById'",
          "findPets|Near it are 'findPetsByTags', 'findPetsByStatus'",
          "zzz|It has 'addPet', 'findPetsByStatus'"
        })
    void anUnknownOperationIsAConfigurationErrorThatNamesNearOnes(String id, String detail) {
      Fault fault = failing("/docs/petstore.json", id, "");

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains("no operation '" + id + "'", detail);
    }

    @Test
    void anIdOfSeveralOperationsIsAConfigurationError() {
      assertThat(failing("/docs/things.yaml", "twice", "").getDetail())
          .contains("to several operations: GET /twice/{a}, GET /twice/{b}");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "petstore.json|getPetById|{}|needs 'petId' (in path)",
          "petstore.json|getPetById|{\"petId\":null}|needs 'petId' (in path)",
          "petstore.json|getPetById|{\"petId\":\"\"}|'petId' (in path) being empty",
          "petstore.json|getPetById|{\"petId\":\"..\"}|that would be another path",
          "petstore.json|addPet|{}|needs 'pet' (the body)",
          "petstore.json|addPet|{\"nmae\":1}|Did you mean 'name'?",
          "petstore.json|addPet|{\"pet\":{},\"id\":1}|no parameter 'id' besides the whole body in 'pet'",
          "petstore.json|findPetsByStatus|{\"statuss\":1}|no parameter 'statuss'. Did you mean 'status'? Allowed are 'status'",
          "things.yaml|getThing|{\"id\":\"1\",\"body\":{}}|Allowed are 'fields', 'filter', 'X-Trace', 'session', 'id'",
          "things.yaml|addThing|{}|needs 'body' (the body)",
          "things.yaml|importThings|{\"rows\":1}|no parameter 'rows'"
        })
    void parametersThatDoNotFitAreAValidationError(
        String document, String operation, String given, String detail) {
      Fault fault = failing("/docs/" + document, operation, parameters(given));

      assertThat(fault.getType()).isEqualTo(ERRORS + "validation");
      assertThat(fault.getStatus()).isEqualTo(400);
      assertThat(fault.getDetail()).contains("'" + operation + "'", detail);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{}|'document.endpoint' is required.",
          "{\"document\":{\"endpoint\":{\"uri\":\"http://127.0.0.1:1/\"}}}|'operationId' is required.",
          "{\"document\":{\"endpoint\":{\"uri\":\"ftp://h/\"}},\"operationId\":\"x\"}|'document.endpoint' must begin with",
          "{\"document\":{\"endpoint\":\"http://127.0.0.1:1/\"},\"operationId\":\"x\",\"parameters\":[]}|'parameters' must be an object"
        })
    void argumentsThatDoNotFitAreAConfigurationErrorThatNamesThem(String given, String detail) {
      Fault fault = cluster.fault("call:openapi", given);

      assertThat(fault.getType()).isEqualTo(ERRORS + "configuration");
      assertThat(fault.getDetail()).contains(detail);
    }
  }
}
