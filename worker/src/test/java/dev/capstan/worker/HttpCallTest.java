package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Fault;
import dev.capstan.api.v1.Report;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.executor.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, HTTP call; errors by the specification's standard types. */
class HttpCallTest {

  private static final String COMMUNICATION =
      "https://open-workflow-specification.org/spec/1.0.0/errors/communication";

  private static final String CONFIGURATION =
      "https://open-workflow-specification.org/spec/1.0.0/errors/configuration";

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
  }

  @AfterEach
  void stop() {
    cluster.close();
    site.close();
  }

  private JsonNode get(String path) throws IOException {
    return cluster.output(
        "call:http", "{\"method\":\"get\",\"endpoint\":\"%s\"}".formatted(site.url(path)));
  }

  private JsonNode call(String path, String more) throws IOException {
    return cluster.output("call:http", "{\"endpoint\":\"%s\",%s}".formatted(site.url(path), more));
  }

  private Fault failing(String path, String more) {
    return cluster.fault("call:http", "{\"endpoint\":\"%s\",%s}".formatted(site.url(path), more));
  }

  @Nested
  class Request {

    @ParameterizedTest
    @CsvSource({
      "get,GET",
      "Post,POST",
      "PUT,PUT",
      "delete,DELETE",
      "patch,PATCH",
      "options,OPTIONS",
      "head,HEAD"
    })
    void methodsAreCaseInsensitive(String written, String sent) throws Exception {
      site.page("/pets", 200, "", "");

      call("/pets", "\"method\":\"%s\"".formatted(written));

      assertThat(site.last().method()).isEqualTo(sent);
    }

    @Test
    void theEndpointMayBeAnObjectWithAUri() throws Exception {
      site.page("/pets", 200, "application/json", "[1]");

      JsonNode output =
          cluster.output(
              "call:http",
              "{\"method\":\"get\",\"endpoint\":{\"uri\":\"%s\"}}".formatted(site.url("/pets")));

      assertThat(output.toString()).isEqualTo("[1]");
    }

    @Test
    void queryParametersAreEncodedRepeatedAndMergedIntoTheUri() throws Exception {
      site.page("/find", 200, "", "");

      call(
          "/find?already=1#there",
          """
          "method":"get","query":{"name":"a b&c=d/é","tag":["x","y"],"limit":10,"none":null,"deep":{"a":1}}\
          """);

      assertThat(site.last().uri().getRawQuery())
          .isEqualTo(
              "already=1&name=a%20b%26c%3Dd%2F%C3%A9&tag=x&tag=y&limit=10&deep=%7B%22a%22%3A1%7D");
    }

    @Test
    void charactersThatNoUriMayContainAreEncoded() throws Exception {
      site.page("/", 200, "", "");

      call("/a path/ü?q=a b", "\"method\":\"get\"");

      assertThat(site.last().uri().toString()).isEqualTo("/a%20path/%C3%BC?q=a%20b");
    }

    @Test
    void headersAreSentAndArraysRepeated() throws Exception {
      site.page("/h", 200, "", "");

      call(
          "/h",
          "\"method\":\"get\",\"headers\":{\"X-One\":1,\"X-Many\":[\"a\",\"b\"],\"X-None\":null}");

      assertThat(site.last().header("X-One")).isEqualTo("1");
      assertThat(site.last().headers().get("X-Many")).containsExactly("a", "b");
      assertThat(site.last().headers()).doesNotContainKey("X-None");
    }

    @Test
    void theWorkerSaysWhoItIsAndWhichTaskItIsUnlessTheDefinitionDoes() throws Exception {
      site.page("/h", 200, "", "");

      Dispatch plain =
          cluster
              .coordinator()
              .dispatch(
                  "call:http",
                  "{\"method\":\"post\",\"endpoint\":\"%s\"}".formatted(site.url("/h")),
                  "e/7");
      cluster.coordinator().session(0).send(plain);
      cluster.coordinator().report(plain.getToken());

      assertThat(site.last().header("User-Agent")).isEqualTo("capstan/1.2.3");
      assertThat(site.last().header("Idempotency-Key")).isEqualTo("e/7");

      call(
          "/h",
          "\"method\":\"post\",\"headers\":{\"idempotency-key\":\"mine\",\"user-agent\":\"me\"}");

      assertThat(site.last().headers().get("Idempotency-Key")).containsExactly("mine");
      assertThat(site.last().headers().get("User-Agent")).containsExactly("me");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":[1,null]}", "\"text\"", "7", "[]", "false"})
    void aBodyIsJsonByDefault(String body) throws Exception {
      site.page("/in", 200, "", "");

      call("/in", "\"method\":\"post\",\"body\":" + body);

      assertThat(site.last().body()).isEqualTo(body);
      assertThat(site.last().header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    void aContentTypeOfJsonIsKeptAsItIsWritten() throws Exception {
      site.page("/in", 200, "", "");

      call(
          "/in",
          "\"method\":\"post\",\"headers\":{\"Content-Type\":\"application/merge-patch+json\"},\"body\":{\"a\":1}");

      assertThat(site.last().header("Content-Type")).isEqualTo("application/merge-patch+json");
      assertThat(site.last().body()).isEqualTo("{\"a\":1}");
    }

    @Test
    void aStringOfAnotherContentTypeIsSentAsItIs() throws Exception {
      site.page("/in", 200, "", "");

      call(
          "/in",
          "\"method\":\"post\",\"headers\":{\"content-type\":\"text/xml\"},\"body\":\"<a>é</a>\"");

      assertThat(site.last().body()).isEqualTo("<a>é</a>");
      assertThat(site.last().header("Content-Type")).isEqualTo("text/xml");
    }

    @Test
    void anObjectWithTheContentTypeOfAFormIsAForm() throws Exception {
      site.page("/in", 200, "", "");

      call(
          "/in",
          """
          "method":"post","headers":{"content-type":"application/x-www-form-urlencoded"},"body":{"a":"1 2","b":["x","y"]}\
          """);

      assertThat(site.last().body()).isEqualTo("a=1%202&b=x&b=y");
    }

    @Test
    void anObjectWithAContentTypeThatCanNotHoldItIsAConfigurationError() {
      Fault fault =
          failing(
              "/in",
              "\"method\":\"post\",\"headers\":{\"content-type\":\"text/xml\"},\"body\":{\"a\":1}");

      assertThat(fault.getType()).isEqualTo(CONFIGURATION);
      assertThat(fault.getStatus()).isEqualTo(400);
      assertThat(fault.getDetail()).contains("'body'").contains("text/xml").contains("an object");
    }

    @Test
    void withoutABodyNoContentTypeIsSent() throws Exception {
      site.page("/in", 200, "", "");

      call("/in", "\"method\":\"post\",\"body\":null");

      assertThat(site.last().body()).isEmpty();
      assertThat(site.last().headers()).doesNotContainKey("Content-Type");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"endpoint\":\"http://127.0.0.1/\"} | 'method' is required",
          "{\"method\":\"get\"} | 'endpoint' must be a URI",
          "{\"method\":\"get\",\"endpoint\":7} | 'endpoint' must be a URI",
          "{\"method\":\"get\",\"endpoint\":\"ftp://x/\"} | must begin with http:// or https://",
          "{\"method\":\"get\",\"endpoint\":\"pets/7\"} | must begin with http:// or https://",
          "{\"method\":\"get\",\"endpoint\":\"https://\"} | 'endpoint'",
          "{\"method\":\"get\",\"endpoint\":\"http://a/%zz\"} | is not a URI",
          "{\"method\":\"a b\",\"endpoint\":\"http://127.0.0.1/\"} | 'method' is 'A B'",
          "{\"method\":\"get\",\"endpoint\":\"http://a/\",\"output\":\"xml\"} | content, raw, response",
          "{\"method\":\"get\",\"endpoint\":\"http://a/\",\"redirect\":\"yes\"} | 'redirect' must be true or false",
          "{\"method\":\"get\",\"endpoint\":\"http://a/\",\"headers\":[]} | 'headers' must be an object",
          "{\"method\":\"get\",\"endpoint\":\"http://a/\",\"headers\":{\"Host\":\"b\"}} | 'Host' is set by the HTTP client",
          "[] | must be an object",
        })
    void whatCanNotBeSentIsAConfigurationErrorThatNamesTheField(String arguments, String detail) {
      Fault fault = cluster.fault("call:http", arguments);

      assertThat(fault.getType()).isEqualTo(CONFIGURATION);
      assertThat(fault.getDetail()).contains(detail);
    }
  }

  @Nested
  class Output {

    @ParameterizedTest
    @ValueSource(
        strings = {"application/json", "application/problem+json; charset=utf-8", "text/json"})
    void contentOfJsonIsDeserialised(String type) throws Exception {
      site.page("/c", 200, type, "{\"a\":1}");

      assertThat(get("/c").path("a").intValue()).isEqualTo(1);
    }

    @Test
    void contentOfTextIsAString() throws Exception {
      site.page(
          "/latin",
          exchange ->
              Site.answer(
                  exchange, 200, "text/plain; charset=ISO-8859-1", new byte[] {'h', (byte) 0xE9}));
      site.page("/yaml", 200, "application/yaml", "a: 1");

      assertThat(get("/latin").textValue()).isEqualTo("hé");
      assertThat(get("/yaml").textValue()).isEqualTo("a: 1");
    }

    @Test
    void otherContentIsBase64() throws Exception {
      site.page(
          "/png",
          exchange -> Site.answer(exchange, 200, "image/png", new byte[] {1, 2, (byte) 0xFF}));

      assertThat(Base64.getDecoder().decode(get("/png").textValue())).containsExactly(1, 2, 0xFF);
    }

    @Test
    void contentWithoutATypeIsTextIfItIsValid() throws Exception {
      site.page("/text", 200, "", "hallo");
      site.page("/bytes", exchange -> Site.answer(exchange, 200, "", new byte[] {(byte) 0xFF, 0}));

      assertThat(get("/text").textValue()).isEqualTo("hallo");
      assertThat(get("/bytes").textValue()).isEqualTo("/wA=");
    }

    @Test
    void noContentIsNull() throws Exception {
      site.page("/empty", 204, "application/json", "");

      assertThat(get("/empty").isNull()).isTrue();
      assertThat(call("/empty", "\"method\":\"get\",\"output\":\"raw\"").isNull()).isTrue();
    }

    @Test
    void rawIsBase64OfAnyContent() throws Exception {
      site.page("/c", 200, "application/json", "{}");

      assertThat(call("/c", "\"method\":\"get\",\"output\":\"raw\"").textValue()).isEqualTo("e30=");
    }

    @Test
    void responseHoldsTheRequestTheStatusTheHeadersAndTheContent() throws Exception {
      site.page(
          "/c",
          exchange -> {
            exchange.getResponseHeaders().set("X-Server", "s");
            Site.answer(
                exchange, 201, "application/json", "{\"id\":7}".getBytes(StandardCharsets.UTF_8));
          });

      JsonNode output =
          call(
              "/c?x=1",
              "\"method\":\"post\",\"output\":\"response\",\"headers\":{\"X-A\":\"b\",\"Authorization\":\"Bearer tok-1\"}");

      assertThat(output.path("statusCode").intValue()).isEqualTo(201);
      assertThat(output.path("content").path("id").intValue()).isEqualTo(7);
      assertThat(output.path("headers").path("x-server").textValue()).isEqualTo("s");
      assertThat(output.path("request").path("method").textValue()).isEqualTo("POST");
      assertThat(output.path("request").path("uri").textValue()).isEqualTo(site.url("/c?x=1"));
      assertThat(output.path("request").path("headers").path("x-a").textValue()).isEqualTo("b");
      assertThat(output.toString()).doesNotContain("tok-1");
    }

    @Test
    void contentThatIsNotTheJsonItClaimsToBeIsACommunicationError() {
      site.page("/c", 200, "application/json", "{oops");

      Fault fault = failing("/c", "\"method\":\"get\"");

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getDetail()).contains("the content is not JSON");
    }

    @Test
    void gzipIsDecodedAskedForOrNot() throws Exception {
      site.page(
          "/zip",
          exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            Site.answer(
                exchange, 200, "application/json", gzip("[1]".getBytes(StandardCharsets.UTF_8)));
          });

      assertThat(get("/zip").toString()).isEqualTo("[1]");
    }

    @Test
    void aResponseAboveTheLimitIsACommunicationErrorThatNamesTheLimit() {
      site.page(
          "/big",
          exchange -> {
            exchange.sendResponseHeaders(200, 0);
            OutputStream body = exchange.getResponseBody();
            byte[] block = new byte[8192];
            for (int i = 0; i < 1_000_000; i++) {
              body.write(block);
            }
          });

      Fault fault = failing("/big", "\"method\":\"get\"");

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getTitle()).isEqualTo("Response too large");
      assertThat(fault.getDetail())
          .endsWith("failed: the response is larger than the limit of 65536 bytes.");
    }

    @Test
    void aSmallResponseThatUnpacksToALargeOneIsStoppedAtTheLimit() {
      site.page(
          "/bomb",
          exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            Site.answer(exchange, 200, "text/plain", gzip(new byte[10 << 20]));
          });

      assertThat(failing("/bomb", "\"method\":\"get\"").getTitle()).isEqualTo("Response too large");
    }

    private static byte[] gzip(byte[] plain) throws IOException {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
        gzip.write(plain);
      }
      return packed.toByteArray();
    }
  }

  @Nested
  class Failure {

    @ParameterizedTest
    @ValueSource(ints = {302, 304, 400, 401, 403, 404, 409, 429, 500, 503})
    void aStatusOutside200To299IsACommunicationErrorWithThatStatus(int status) {
      site.page("/fails", status, "text/plain", status == 304 ? "" : "no such pet");

      Fault fault = failing("/fails?secret=1", "\"method\":\"get\"");

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getStatus()).isEqualTo(status);
      assertThat(fault.getTitle()).isEqualTo("HTTP status " + status);
      assertThat(fault.getDetail())
          .startsWith("GET " + site.url("/fails") + " was answered with status " + status)
          .contains(status == 304 ? "" : "no such pet");
    }

    @Test
    void aRefusedConnectionIsACommunicationErrorThatNamesHostAndPort() throws Exception {
      int port = Listener.freePort();

      Fault fault =
          cluster.fault(
              "call:http",
              "{\"method\":\"get\",\"endpoint\":\"http://127.0.0.1:%d/x\"}".formatted(port));

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getDetail())
          .isEqualTo(
              "GET http://127.0.0.1:%d/x failed: no connection to 127.0.0.1:%d (connection refused)."
                  .formatted(port, port));
    }

    @Test
    void aHostThatDoesNotExistIsNamed() {
      Fault fault =
          cluster.fault(
              "call:http", "{\"method\":\"get\",\"endpoint\":\"http://no-such-host.invalid/\"}");

      assertThat(fault.getDetail()).contains("no-such-host.invalid").contains("can't be resolved");
    }

    @Test
    void anAnswerThatBreaksOffIsACommunicationError() {
      site.page(
          "/breaks",
          exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(new byte[10]);
            exchange.getResponseBody().flush();
            throw new IOException("the test breaks the connection");
          });

      Fault fault = failing("/breaks", "\"method\":\"get\"");

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getDetail()).contains("127.0.0.1:" + site.port());
    }

    @Test
    void aServerWithoutTlsIsSaidToBeOne() throws Exception {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Thread.startVirtualThread(() -> answerWithoutTls(socket));
        String uri = "https://127.0.0.1:" + socket.getLocalPort();

        Fault fault =
            cluster.fault("call:http", "{\"method\":\"get\",\"endpoint\":\"%s\"}".formatted(uri));

        assertThat(fault.getType()).isEqualTo(COMMUNICATION);
        assertThat(fault.getDetail())
            .contains("no secure connection to 127.0.0.1:" + socket.getLocalPort());
      }
    }

    @Test
    void aServerThatTakesNoConnectionIsGivenUp() throws Exception {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          Socket first = new Socket(socket.getInetAddress(), socket.getLocalPort());
          Socket second = new Socket(socket.getInetAddress(), socket.getLocalPort())) {
        assertThat(first.isConnected() && second.isConnected()).isTrue();
        String uri = "http://127.0.0.1:" + socket.getLocalPort();

        Fault fault =
            cluster.fault("call:http", "{\"method\":\"get\",\"endpoint\":\"%s\"}".formatted(uri));

        assertThat(fault.getType()).isEqualTo(COMMUNICATION);
        assertThat(fault.getDetail())
            .contains("no connection to 127.0.0.1:" + socket.getLocalPort() + " within 10 s");
      }
    }

    /** Every connection, since a client may try again when one is reset. */
    private static void answerWithoutTls(ServerSocket socket) {
      while (!socket.isClosed()) {
        try (Socket client = socket.accept()) {
          client
              .getOutputStream()
              .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
          // The test has closed the socket, or the client has closed its end first.
        }
      }
    }
  }

  @Nested
  class Redirect {

    @Test
    void withoutRedirectItIsAnErrorAndNotFollowed() {
      redirect("/from", 302, "/to");
      site.page("/to", 200, "text/plain", "there");

      assertThat(failing("/from", "\"method\":\"get\"").getStatus()).isEqualTo(302);
      assertThat(site.seen()).hasSize(1);
    }

    @Test
    void withRedirectItIsFollowed() throws Exception {
      redirect("/from", 302, "/to");
      site.page("/to", 200, "text/plain", "there");

      assertThat(call("/from", "\"method\":\"get\",\"redirect\":true").textValue())
          .isEqualTo("there");
    }

    @Test
    void withRedirectA3xxThatSaysNotWhereToIsNoError() throws Exception {
      site.page("/from", 304, "", "");

      JsonNode output =
          call("/from", "\"method\":\"get\",\"redirect\":true,\"output\":\"response\"");

      assertThat(output.path("statusCode").intValue()).isEqualTo(304);
    }

    @ParameterizedTest
    @CsvSource({"301,GET,''", "302,GET,''", "303,GET,''", "307,POST,7", "308,POST,7"})
    void aPostBecomesAGetWhereHttpSaysSo(int status, String method, String body) throws Exception {
      redirect("/from", status, "/to");
      site.page("/to", 200, "", "");

      call("/from", "\"method\":\"post\",\"redirect\":true,\"body\":7");

      assertThat(site.last().uri().getPath()).isEqualTo("/to");
      assertThat(site.last().method()).isEqualTo(method);
      assertThat(site.last().body()).isEqualTo(body);
    }

    @Test
    void credentialsStayWithTheirOrigin() throws Exception {
      try (Site other = new Site()) {
        other.page("/to", 200, "", "");
        redirect("/away", 307, other.url("/to"));
        redirect("/near", 307, "/here");
        site.page("/here", 200, "", "");
        String bearer =
            """
            {"method":"get","redirect":true,"headers":{"X-Api-Key":"k-1"},
             "endpoint":{"uri":"%s","authentication":{"bearer":{"token":"tok-1"}}}}\
            """;

        cluster.output("call:http", bearer.formatted(site.url("/near")));
        cluster.output("call:http", bearer.formatted(site.url("/away")));

        assertThat(site.seen().get(1).header("Authorization")).isEqualTo("Bearer tok-1");
        assertThat(other.last().headers()).doesNotContainKeys("Authorization", "X-Api-Key");
      }
    }

    @Test
    void aRingOfRedirectionsIsACommunicationError() {
      redirect("/ring", 302, "/ring");

      Fault fault = failing("/ring", "\"method\":\"get\",\"redirect\":true");

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getTitle()).isEqualTo("Too many redirections");
    }

    private void redirect(String from, int status, String to) {
      site.page(
          from,
          exchange -> {
            exchange.getResponseHeaders().set("Location", to);
            Site.answer(exchange, status, "", new byte[0]);
          });
    }
  }

  @Nested
  class Authentication {

    private static final String BASIC =
        """
        {"method":"get","endpoint":{"uri":"%s","authentication":{"basic":{"username":"ann","password":"s3cr3t-p"}}}}\
        """;

    private static final String BEARER =
        """
        {"method":"get","endpoint":{"uri":"%s","authentication":{"bearer":{"token":"tok-123"}}}}\
        """;

    @Test
    void basicAndBearerBecomeTheAuthorizationHeader() throws Exception {
      site.page("/a", 200, "", "");

      cluster.output("call:http", BASIC.formatted(site.url("/a")));
      assertThat(site.last().header("Authorization")).isEqualTo("Basic " + base64("ann:s3cr3t-p"));

      cluster.output("call:http", BEARER.formatted(site.url("/a")));
      assertThat(site.last().header("Authorization")).isEqualTo("Bearer tok-123");
    }

    @Test
    void userInformationInTheUriIsBasicAuthentication() throws Exception {
      site.page("/a", 200, "", "");

      JsonNode output =
          cluster.output(
              "call:http",
              "{\"method\":\"get\",\"output\":\"response\",\"endpoint\":\"http://ann:pw-9@127.0.0.1:%d/a\"}"
                  .formatted(site.port()));

      assertThat(site.last().header("Authorization")).isEqualTo("Basic " + base64("ann:pw-9"));
      assertThat(output.toString()).doesNotContain("pw-9");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aRefusalStaysACommunicationErrorWithItsStatus(int status) {
      site.page("/a", status, "", "");

      Fault fault = cluster.fault("call:http", BASIC.formatted(site.url("/a")));

      assertThat(fault.getType()).isEqualTo(COMMUNICATION);
      assertThat(fault.getStatus()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"ntlm\":{\"username\":\"a\"}} | 'oauth2' or 'oidc' with an object; it has ntlm",
          "{\"digest\":{\"username\":\"a\"}} | digest.password",
          "{\"oauth2\":{\"grant\":\"password\"}} | oauth2.authority",
          "{\"basic\":{\"username\":\"a\"}} | basic.password",
          "{\"bearer\":{}} | bearer.token",
          "\"policy\" | it has a string",
        })
    void whatTheWorkerCanNotDoIsAConfigurationError(String authentication, String detail) {
      Fault fault =
          cluster.fault(
              "call:http",
              "{\"method\":\"get\",\"endpoint\":{\"uri\":\"%s\",\"authentication\":%s}}"
                  .formatted(site.url("/a"), authentication));

      assertThat(fault.getType()).isEqualTo(CONFIGURATION);
      assertThat(fault.getDetail()).contains(detail);
    }

    @Test
    void secretsNeverAppearInErrors() {
      site.page(
          "/echo",
          exchange -> {
            String all = exchange.getRequestHeaders().entrySet() + " " + exchange.getRequestURI();
            Site.answer(exchange, 500, "text/plain", all.getBytes(StandardCharsets.UTF_8));
          });
      String uri = "http://ann:s3cr3t-u@127.0.0.1:" + site.port() + "/echo?api_key=s3cr3t-q";

      Fault answered =
          cluster.fault(
              "call:http",
              """
              {"method":"get","endpoint":"%s","headers":{"X-Api-Key":"s3cr3t-h"},"query":{"token":"s3cr3t-t"}}\
              """
                  .formatted(uri));
      Fault basic = cluster.fault("call:http", BASIC.formatted(site.url("/echo")));
      Fault bearer = cluster.fault("call:http", BEARER.formatted(site.url("/echo")));
      Fault unsendable =
          cluster.fault(
              "call:http",
              "{\"method\":\"get\",\"endpoint\":\"%s\",\"headers\":{\"X-Key\":\"s3cr3t\\r\\nX: y\"}}"
                  .formatted(site.url("/echo")));
      Fault unparsable =
          cluster.fault(
              "call:http",
              "{\"method\":\"get\",\"endpoint\":\"http://ann:s3cr3t@h/%zz?k=s3cr3t\"}");

      assertThat(answered.getDetail())
          .contains("***")
          .doesNotContain("s3cr3t")
          .doesNotContain(base64("ann:s3cr3t-u"));
      assertThat(basic.getDetail()).doesNotContain("s3cr3t").doesNotContain(base64("ann:s3cr3t-p"));
      assertThat(bearer.getDetail()).doesNotContain("tok-123");
      assertThat(unsendable.getDetail()).contains("x-key").doesNotContain("s3cr3t");
      assertThat(unparsable.getDetail()).doesNotContain("s3cr3t");
    }

    private static String base64(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void cancellingAbortsTheCall() {
    CountDownLatch never = new CountDownLatch(1);
    site.page(
        "/slow",
        exchange -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        });
    Dispatch dispatch =
        cluster
            .coordinator()
            .dispatch(
                "call:http",
                "{\"method\":\"get\",\"endpoint\":\"%s\"}".formatted(site.url("/slow")));
    cluster.coordinator().session(0).send(dispatch);
    Awaitility.await().atMost(FakeCoordinator.PATIENCE).until(() -> site.seen().size() == 1);

    cluster.coordinator().session(0).cancel(dispatch.getToken());
    Report report = cluster.coordinator().report(dispatch.getToken());

    assertThat(report.hasCancelled()).isTrue();
    assertThat(cluster.worker().status().cancelled()).isEqualTo(1);
    never.countDown();
  }
}
