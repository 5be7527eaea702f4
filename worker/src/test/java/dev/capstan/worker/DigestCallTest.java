package dev.capstan.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.api.v1.Fault;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, Digest Authentication, against a server that many people use. */
class DigestCallTest {

  @TempDir Path directory;
  @TempDir Path serverDirectory;

  private Cluster cluster;

  @BeforeEach
  void start() throws Exception {
    cluster = Cluster.start(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private DigestServer server(String algorithms) throws Exception {
    return new DigestServer(serverDirectory, algorithms);
  }

  private static ObjectNode call(String method, String uri, String password) {
    ObjectNode call = Json.object().put("method", method);
    call.putObject("endpoint")
        .put("uri", uri)
        .putObject("authentication")
        .putObject("digest")
        .put("username", DigestServer.USER)
        .put("password", password);
    return call;
  }

  private JsonNode output(ObjectNode call) throws Exception {
    return cluster.output("call:http", call.toString());
  }

  private Fault fault(ObjectNode call) {
    return cluster.fault("call:http", call.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"MD5", "SHA-256", "SHA-256,MD5", "SHA-512-256"})
  void theChallengeIsAnsweredOnce(String algorithms) throws Exception {
    try (DigestServer server = server(algorithms)) {
      ObjectNode call = call("post", server.url("/a%20b?q=1&r=%C3%A9"), DigestServer.PASSWORD);
      call.put("body", "hello").putObject("headers").put("content-type", "text/plain");

      assertThat(output(call).textValue()).isEqualTo("ann POST hello");
      assertThat(server.seen()).containsExactly("- POST /a%20b", "Digest POST /a%20b");
    }
  }

  /** RFC 7616, section 3.4.3: a server that wants the body vouched for gets that. */
  @ParameterizedTest
  @ValueSource(strings = {"hello", ""})
  void aServerThatWantsTheBodyVouchedForGetsItsHash(String body) throws Exception {
    try (Site site = new Site()) {
      site.page(
          "/",
          (seen, exchange) -> {
            boolean proven = seen.header("Authorization").contains(response(seen, body));
            exchange
                .getResponseHeaders()
                .set("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"");
            Site.answer(exchange, proven ? 200 : 401, "text/plain", "in".getBytes(US_ASCII));
          });
      ObjectNode call = call("post", site.url("/a?b=c"), DigestServer.PASSWORD);
      if (!body.isEmpty()) {
        call.put("body", body).putObject("headers").put("content-type", "text/plain");
      }

      assertThat(output(call).textValue()).isEqualTo("in");
      assertThat(site.seen()).extracting(Site.Seen::body).containsExactly(body, body);
    }
  }

  /** What must stand in the header of this request if nobody has changed its body. */
  private static String response(Site.Seen request, String body) {
    Matcher cnonce = Pattern.compile("cnonce=\"(\\w+)\"").matcher(request.header("Authorization"));
    String credentials = md5(DigestServer.USER + ":r:" + DigestServer.PASSWORD);
    String asked = md5("POST:/a?b=c:" + md5(body));
    return cnonce.find()
        ? "response=\""
            + md5(credentials + ":n:00000001:" + cnonce.group(1) + ":auth-int:" + asked)
            + "\""
        : "no proof";
  }

  private static String md5(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("MD5").digest(text.getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aWrongPasswordIsAnAuthenticationError() throws Exception {
    try (DigestServer server = server("SHA-256,MD5")) {
      Fault fault = fault(call("get", server.url("/a?key=s3cr3t-q"), "s3cr3t-wrong"));

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(fault.getTitle()).isEqualTo("Digest refused");
      assertThat(fault.getDetail()).contains("GET " + server.url("/a")).doesNotContain("s3cr3t");
      assertThat(server.seen()).hasSize(2);
    }
  }

  @Test
  void aNonceThatIsTooOldIsReplacedOnce() throws Exception {
    try (DigestServer server = server("SHA-256")) {
      server.stale(1);
      assertThat(output(call("get", server.url("/"), DigestServer.PASSWORD)).textValue())
          .isEqualTo("ann GET ");
      assertThat(server.seen()).containsExactly("- GET /", "Digest GET /", "Digest GET /");

      server.stale(9);
      assertThat(fault(call("get", server.url("/"), DigestServer.PASSWORD)).getType())
          .isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(server.seen()).hasSize(6);
    }
  }

  @Test
  void theProofShowsNeitherInErrorsNorInTheOutput() throws Exception {
    try (DigestServer server = server("MD5")) {
      Fault failed = fault(call("get", server.url("/fails"), DigestServer.PASSWORD));
      JsonNode whole =
          output(call("get", server.url("/"), DigestServer.PASSWORD).put("output", "response"));

      assertThat(failed.getType()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(failed.getDetail()).contains("***").doesNotContain("response=", "s3cr3t");
      assertThat(whole.at("/request/headers/authorization").textValue()).isEqualTo("***");
      assertThat(whole.toString()).doesNotContain("response=\\\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Basic realm=\"a\"", "Digest realm=\"a\", nonce=\"n\", algorithm=SHA-1", ""})
  void aServerThatAsksForSomethingElseIsAnAuthenticationError(String challenge) throws Exception {
    try (Site site = new Site()) {
      site.page(
          "/",
          exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
            Site.answer(exchange, 401, "", new byte[0]);
          });

      Fault fault = fault(call("get", site.url("/"), "p"));

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getDetail()).contains("without a digest challenge");
      assertThat(site.seen()).hasSize(1);
      assertThat(site.last().header("Authorization")).isEmpty();
    }
  }

  @Test
  void anotherOriginIsToldNothing() throws Exception {
    try (DigestServer server = server("MD5");
        Site site = new Site()) {
      site.page(
          "/",
          exchange -> {
            exchange.getResponseHeaders().set("Location", server.url("/"));
            Site.answer(exchange, 307, "", new byte[0]);
          });

      Fault fault = fault(call("get", site.url("/"), DigestServer.PASSWORD).put("redirect", true));

      assertThat(fault.getType()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(server.seen()).containsExactly("- GET /");
    }
  }

  @Test
  void openApiCallsAnswerChallengesToo() throws Exception {
    try (DigestServer server = server("SHA-256");
        Site site = new Site()) {
      String document =
          """
          {"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"%s"}],"paths":
          {"/pets":{"get":{"operationId":"find","responses":{"200":{"description":"ok"}}}}}}\
          """
              .formatted(server.url(""));
      site.page("/api", 200, "application/json", document);
      ObjectNode call = Json.object().put("operationId", "find");
      call.putObject("document").putObject("endpoint").put("uri", site.url("/api"));
      call.set(
          "authentication", call("get", "", DigestServer.PASSWORD).at("/endpoint/authentication"));

      JsonNode output = cluster.output("call:openapi", call.toString());

      assertThat(output.textValue()).isEqualTo("ann GET ");
    }
  }
}
