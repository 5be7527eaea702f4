package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import dev.capstan.api.v1.Fault;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DSL reference, OAuth2 Authentication and OpenIdConnect Authentication. */
class OAuthCallTest {

  private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  private static final String TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";

  @TempDir Path directory;

  private AuthorizationServer server;
  private Cluster cluster;

  @BeforeEach
  void start() throws IOException {
    server = new AuthorizationServer("/realm/oauth2/token");
    cluster = Cluster.start(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.close();
  }

  private ObjectNode policy(String grant) {
    return Json.object().put("authority", server.url("/realm")).put("grant", grant);
  }

  private ObjectNode clientCredentials() {
    ObjectNode policy = policy("client_credentials");
    client(policy);
    return policy;
  }

  private static ObjectNode client(ObjectNode policy) {
    return policy
        .putObject("client")
        .put("id", AuthorizationServer.CLIENT)
        .put("secret", AuthorizationServer.SECRET);
  }

  private ObjectNode call(String scheme, ObjectNode policy) {
    ObjectNode call = Json.object().put("method", "get");
    ObjectNode endpoint = call.putObject("endpoint").put("uri", server.url("/resource"));
    endpoint.putObject("authentication").set(scheme, policy);
    return call;
  }

  private void succeeds(String scheme, ObjectNode policy) throws IOException {
    JsonNode output = cluster.output("call:http", call(scheme, policy).toString());
    assertThat(output.textValue()).startsWith("seen ey");
  }

  private Fault fault(ObjectNode policy) {
    return cluster.fault("call:http", call("oauth2", policy).toString());
  }

  private TokenRequest granted() {
    return server.granted().getLast();
  }

  @Nested
  class Clients {

    @ParameterizedTest
    @ValueSource(strings = {"client_secret_basic", "client_secret_post", "client_secret_jwt"})
    void proveThatTheyKnowTheirSecret(String method) throws Exception {
      ObjectNode policy = policy("client_credentials");
      client(policy).put("authentication", method);

      succeeds("oauth2", policy);

      ClientAuthentication client = granted().getClientAuthentication();
      assertThat(client.getMethod().getValue()).isEqualTo(method);
      assertThat(client.getClientID().getValue()).isEqualTo(AuthorizationServer.CLIENT);
      assertThat(granted().getAuthorizationGrant()).isInstanceOf(ClientCredentialsGrant.class);
    }

    @Test
    void postTheirSecretWhenTheDefinitionDoesNotSayHow() throws Exception {
      succeeds("oauth2", clientCredentials());

      assertThat(granted().getClientAuthentication().getMethod().getValue())
          .isEqualTo("client_secret_post");
    }

    @ParameterizedTest
    @CsvSource({"RSA, 2048, RS256", "EC, 256, ES256"})
    void proveThatTheyHaveAKey(String type, int size, String algorithm) throws Exception {
      KeyPair pair = keys(type, size);
      server.clientKey(pair.getPublic());
      ObjectNode policy = policy("client_credentials");
      client(policy).put("secret", pem(pair)).put("authentication", "private_key_jwt");

      succeeds("oauth2", policy);

      assertThat(granted().getClientAuthentication().getMethod().getValue())
          .isEqualTo("private_key_jwt");
      assertThat(header(server.site().seen().getFirst().body())).contains(algorithm);
    }

    @Test
    void proveNothingWithTheKeyOfSomebodyElse() throws Exception {
      server.clientKey(keys("RSA", 2048).getPublic());
      ObjectNode policy = policy("client_credentials");
      client(policy).put("secret", pem(keys("RSA", 2048))).put("authentication", "private_key_jwt");

      assertThat(fault(policy).getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_secret_jwt", "private_key_jwt"})
    void mayBringAnAssertionOfTheirOwn(String method) throws Exception {
      ObjectNode policy = policy("client_credentials");
      policy
          .putObject("client")
          .put("assertion", "s3cr3t.own.assertion")
          .put("authentication", method);

      Fault fault = fault(policy);

      assertThat(server.site().last().body()).contains("client_assertion=s3cr3t.own.assertion");
      assertThat(fault.getDetail()).doesNotContain("s3cr3t");
    }

    @Test
    void mayHaveNoSecret() throws Exception {
      ObjectNode policy =
          policy("password")
              .put("username", AuthorizationServer.USER)
              .put("password", AuthorizationServer.PASSWORD);
      policy.putObject("client").put("id", "public").put("authentication", "none");

      succeeds("oauth2", policy);

      assertThat(granted().getClientAuthentication()).isNull();
      assertThat(granted().getClientID().getValue()).isEqualTo("public");
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_secret_basic", "client_secret_post", "client_secret_jwt"})
    void withAWrongSecretGetAnAuthenticationError(String method) {
      ObjectNode policy = policy("client_credentials");
      client(policy)
          .put("secret", "s3cr3t-wrong-0123456789-abcdefghijklmnop")
          .put("authentication", method);

      Fault fault = fault(policy);

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(fault.getDetail())
          .contains("POST " + server.url("/realm/oauth2/token"), "status 401: invalid_client")
          .doesNotContain("s3cr3t");
      assertThat(server.asked("/resource")).isZero();
    }

    private static KeyPair keys(String type, int size) throws GeneralSecurityException {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      generator.initialize(size);
      return generator.generateKeyPair();
    }

    private static String pem(KeyPair pair) {
      return "-----BEGIN PRIVATE KEY-----\n"
          + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
          + "\n-----END PRIVATE KEY-----\n";
    }

    private static String header(String form) {
      String assertion = form.replaceFirst(".*client_assertion=", "");
      return new String(
          Base64.getUrlDecoder().decode(assertion.substring(0, assertion.indexOf('.'))),
          StandardCharsets.UTF_8);
    }
  }

  @Nested
  class Grants {

    @Test
    void aPassword() throws Exception {
      ObjectNode policy =
          policy("password")
              .put("username", AuthorizationServer.USER)
              .put("password", AuthorizationServer.PASSWORD);
      client(policy);

      succeeds("oauth2", policy);
    }

    @Test
    void aWrongPasswordIsAnAuthenticationErrorThatDoesNotRepeatIt() {
      ObjectNode policy =
          policy("password").put("username", "ann").put("password", "s3cr3t & wrong");
      client(policy);

      Fault fault = fault(policy);

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getDetail()).contains("invalid_grant", "***").doesNotContain("s3cr3t");
    }

    @Test
    void aRefreshToken() throws Exception {
      ObjectNode policy = policy("refresh_token");
      client(policy);
      policy
          .putObject("subject")
          .put("token", AuthorizationServer.REFRESH_TOKEN)
          .put("type", TOKEN_TYPE + "refresh_token");

      succeeds("oauth2", policy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "application/json"})
    void tokensThatAreExchangedInEitherEncoding(String encoding) throws Exception {
      ObjectNode policy = policy(EXCHANGE);
      client(policy);
      policy.putObject("request").put("encoding", encoding);
      policy.putArray("audiences").add("a b").add("c&d");
      policy.putArray("scopes").add("read").add("write");
      policy.putObject("subject").put("token", "s+1").put("type", TOKEN_TYPE + "access_token");
      policy.putObject("actor").put("token", "a/2").put("type", TOKEN_TYPE + "jwt");

      succeeds("oauth2", policy);

      TokenExchangeGrant grant = (TokenExchangeGrant) granted().getAuthorizationGrant();
      assertThat(grant.getSubjectToken().getValue()).isEqualTo("s+1");
      assertThat(grant.getSubjectTokenType().toString()).isEqualTo(TOKEN_TYPE + "access_token");
      assertThat(grant.getActorToken().getValue()).isEqualTo("a/2");
      assertThat(grant.getActorTokenType().toString()).isEqualTo(TOKEN_TYPE + "jwt");
      assertThat(grant.getAudience()).containsExactly(new Audience("a b"), new Audience("c&d"));
      assertThat(granted().getScope().toStringList()).containsExactly("read", "write");
      assertThat(server.contentTypes()).containsExactly(encoding);
    }
  }

  @Nested
  class Tokens {

    @Test
    void areSharedByCallsOfOnePolicy() throws Exception {
      succeeds("oauth2", clientCredentials());
      succeeds("oauth2", clientCredentials());

      assertThat(server.issued()).hasSize(1);
      assertThat(server.asked("/resource")).isEqualTo(2);
    }

    @Test
    void thatTheResourceRefusesAreReplacedOnce() throws Exception {
      succeeds("oauth2", clientCredentials());
      server.revoke();
      succeeds("oauth2", clientCredentials());

      assertThat(server.issued()).hasSize(2);
      assertThat(server.asked("/resource")).isEqualTo(3);
    }

    @Test
    void thatTheResourceGoesOnRefusingAreTheCommunicationErrorOfItsAnswer() {
      server.site().page("/closed", 401, "text/plain", "no");
      ObjectNode call = call("oauth2", clientCredentials());
      ((ObjectNode) call.get("endpoint")).put("uri", server.url("/closed"));

      Fault fault = cluster.fault("call:http", call.toString());

      assertThat(fault.getType()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(server.asked("/closed")).isEqualTo(2);
      assertThat(server.issued()).hasSize(2);
    }

    @Test
    void ofAnotherIssuerAreAnAuthenticationError() throws Exception {
      ObjectNode policy = clientCredentials();
      policy.putArray("issuers").add("http://somebody.else");

      Fault fault = fault(policy);

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getDetail()).contains(server.url("/realm"), "http://somebody.else");
      assertThat(server.asked("/resource")).isZero();

      policy.withArray("issuers").add(server.url("/realm"));
      succeeds("oauth2", policy);
    }

    @Test
    void showNeitherInErrorsNorInTheOutput() throws Exception {
      ObjectNode failing = call("oauth2", clientCredentials());
      ((ObjectNode) failing.get("endpoint")).put("uri", server.url("/resource/fails"));

      Fault fault = cluster.fault("call:http", failing.toString());
      JsonNode whole =
          cluster.output(
              "call:http",
              call("oauth2", clientCredentials()).put("output", "response").toString());

      assertThat(fault.getStatus()).isEqualTo(500);
      assertThat(fault.getDetail()).contains("seen ***").doesNotContain(server.issued());
      assertThat(whole.at("/request/headers").toString())
          .contains("\"authorization\":\"***\"")
          .doesNotContain(server.issued());
    }

    @Test
    void stayWithTheirOrigin() throws Exception {
      try (Site other = new Site()) {
        other.page("/", 200, "text/plain", "other");
        server
            .site()
            .page(
                "/moved",
                exchange -> {
                  exchange.getResponseHeaders().set("Location", other.url("/"));
                  Site.answer(exchange, 302, "", new byte[0]);
                });
        ObjectNode call = call("oauth2", clientCredentials()).put("redirect", true);
        ((ObjectNode) call.get("endpoint")).put("uri", server.url("/moved"));

        assertThat(cluster.output("call:http", call.toString()).textValue()).isEqualTo("other");
        assertThat(server.site().last().header("Authorization")).startsWith("Bearer ");
        assertThat(other.last().header("Authorization")).isEmpty();
      }
    }
  }

  @Nested
  class Endpoints {

    @ParameterizedTest
    @ValueSource(strings = {"/auth/token", "auth/token"})
    void aPathIsBelowTheAuthority(String path) throws Exception {
      server.site().page("/realm/auth/token", 400, "application/json", "{\"error\":\"found\"}");
      ObjectNode policy = clientCredentials();
      policy.putObject("endpoints").put("token", path);

      assertThat(fault(policy).getDetail()).contains("found");
    }

    @Test
    void aUriStandsForItself() throws Exception {
      ObjectNode policy = clientCredentials().put("authority", "http://127.0.0.1:1/");
      policy.putObject("endpoints").put("token", server.url("/realm/oauth2/token"));

      succeeds("oauth2", policy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oauth2", "oidc"})
    void anAuthorityThatCanNotBeReachedIsACommunicationError(String scheme) throws Exception {
      int free = Listener.freePort();
      ObjectNode policy = clientCredentials().put("authority", "http://127.0.0.1:" + free);

      Fault fault = cluster.fault("call:http", call(scheme, policy).toString());

      assertThat(fault.getType()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(fault.getDetail()).contains("no connection to 127.0.0.1:" + free);
    }

    @Test
    void credentialsDoNotFollowRedirections() throws Exception {
      server
          .site()
          .page(
              "/realm/moved",
              exchange -> {
                exchange.getResponseHeaders().set("Location", server.url("/realm/oauth2/token"));
                Site.answer(exchange, 307, "", new byte[0]);
              });
      ObjectNode policy = clientCredentials();
      policy.putObject("endpoints").put("token", "/moved");

      assertThat(fault(policy).getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(server.issued()).isEmpty();
    }
  }

  @Nested
  class Discovery {

    @Test
    void findsTheTokenEndpoint() throws Exception {
      try (AuthorizationServer elsewhere = new AuthorizationServer("/somewhere/else")) {
        ObjectNode policy = clientCredentials().put("authority", elsewhere.url("/realm"));
        ObjectNode call = call("oidc", policy);
        ((ObjectNode) call.get("endpoint")).put("uri", elsewhere.url("/resource"));

        cluster.output("call:http", call.toString());
        cluster.output("call:http", call.toString());

        assertThat(elsewhere.asked("/realm/.well-known/openid-configuration")).isEqualTo(1);
        assertThat(elsewhere.asked("/somewhere/else")).isEqualTo(1);
        assertThat(elsewhere.asked("/resource")).isEqualTo(2);
      }
    }

    @Test
    void ofWhatIsNotThereIsAnAuthenticationError() {
      ObjectNode policy = clientCredentials().put("authority", server.url("/nowhere"));

      Fault fault = cluster.fault("call:http", call("oidc", policy).toString());

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getDetail()).contains("/nowhere/.well-known/openid-configuration", "404");
    }
  }

  /** RFC 6749, section 4.1.3; RFC 7636. */
  @Nested
  class Codes {

    private static final String VERIFIER = "s3cr3t-verifier-0123456789~abcdefghijklmnopqrstuvwxyz";
    private static final String REDIRECT = "https://app.example/done?x=1";

    private ObjectNode code(String code) {
      ObjectNode policy = policy("authorization_code");
      client(policy);
      policy.putObject("authorizationCode").put("code", code);
      return policy;
    }

    @ParameterizedTest
    @ValueSource(strings = {"client_secret_basic", "client_secret_post", "client_secret_jwt"})
    void bringATokenWithEveryProofOfTheClient(String method) throws Exception {
      ObjectNode policy = code(server.code(null, null));
      client(policy).put("authentication", method);

      succeeds("oauth2", policy);

      assertThat(granted().getClientAuthentication().getMethod().getValue()).isEqualTo(method);
      assertThat(granted().getAuthorizationGrant()).isInstanceOf(AuthorizationCodeGrant.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "application/json"})
    void ofClientsWithoutASecretComeWithWhatTheyWereAskedForWith(String encoding) throws Exception {
      ObjectNode policy = code(server.code(REDIRECT, VERIFIER));
      policy
          .withObjectProperty("authorizationCode")
          .put("redirectUri", REDIRECT)
          .put("codeVerifier", VERIFIER);
      policy.putObject("client").put("id", AuthorizationServer.CLIENT);
      policy.putObject("request").put("encoding", encoding);
      policy.putArray("scopes").add("read");

      succeeds("oidc", policy);

      AuthorizationCodeGrant grant = (AuthorizationCodeGrant) granted().getAuthorizationGrant();
      assertThat(grant.getRedirectionURI()).hasToString(REDIRECT);
      assertThat(grant.getCodeVerifier().getValue()).isEqualTo(VERIFIER);
      assertThat(granted().getClientID().getValue()).isEqualTo(AuthorizationServer.CLIENT);
      assertThat(granted().getScope()).isNull();
    }

    @Test
    void areSpentOnceByAllCallsOfAWorker() throws Exception {
      ObjectNode policy = code(server.code(null, null));

      succeeds("oauth2", policy);
      succeeds("oauth2", policy);

      assertThat(server.granted()).hasSize(1);
    }

    @Test
    void areFollowedByTheRefreshTokenThatCameWithTheToken() throws Exception {
      ObjectNode policy = code(server.code(null, null));
      succeeds("oauth2", policy);

      server.revoke();
      succeeds("oauth2", policy);

      assertThat(server.granted()).hasSize(2);
      assertThat(granted().getAuthorizationGrant()).isInstanceOf(RefreshTokenGrant.class);
    }

    @Test
    void thatAreSpentElsewhereAreAnAuthenticationErrorThatSaysSo() throws Exception {
      ObjectNode policy = code(server.code(null, null));
      try (Cluster other = Cluster.start(directory.resolve("other"))) {
        JsonNode output = other.output("call:http", call("oauth2", policy).toString());
        assertThat(output.textValue()).startsWith("seen ey");
      }

      Fault fault = fault(policy);

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getStatus()).isEqualTo(401);
      assertThat(fault.getDetail())
          .contains("invalid_grant", "A code is good for one token: perhaps this one is spent");
    }

    @Test
    void areNeitherInErrorsNorWithoutTheirVerifier() {
      String code = server.code(REDIRECT, VERIFIER);
      ObjectNode policy = code(code);
      policy
          .withObjectProperty("authorizationCode")
          .put("redirectUri", REDIRECT)
          .put("codeVerifier", VERIFIER.replace("0123", "3210"));

      Fault fault = fault(policy);

      assertThat(fault.getType()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(fault.getDetail())
          .contains("invalid_grant", "not good: ")
          .doesNotContain(code, "verifier-3210");
    }
  }

  @Test
  void openApiCallsHaveTokensToo() throws Exception {
    String document =
        """
        {"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"%s"}],"paths":
        {"/resource":{"get":{"operationId":"find","responses":{"200":{"description":"ok"}}}}}}\
        """
            .formatted(server.url(""));
    server.site().page("/api", 200, "application/json", document);
    ObjectNode call = Json.object().put("operationId", "find");
    call.putObject("document").putObject("endpoint").put("uri", server.url("/api"));
    call.putObject("authentication").set("oidc", clientCredentials());

    assertThat(cluster.output("call:openapi", call.toString()).textValue()).startsWith("seen ey");
  }

  @Test
  void mcpCallsHaveTokensToo() {
    server.site().page("/closed", 401, "text/plain", "no");
    ObjectNode call = Json.object().put("method", "tools/list");
    ObjectNode http = call.putObject("transport").putObject("http");
    ObjectNode endpoint = http.putObject("endpoint").put("uri", server.url("/closed"));
    endpoint.putObject("authentication").set("oauth2", clientCredentials());

    Fault fault = cluster.fault("call:mcp", call.toString());

    assertThat(fault.getType()).isEqualTo(ErrorType.RUNTIME.uri());
    assertThat(fault.getStatus()).isEqualTo(401);
    assertThat(server.site().last().header("Authorization"))
        .isEqualTo("Bearer " + server.issued().getLast());
    assertThat(server.asked("/closed")).isEqualTo(2);
    assertThat(server.issued()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | oauth2.authority' is required",
        "{\"authority\":\"s3cr3t\"} | oauth2.authority' must be a URI",
        "{\"authority\":\"http://a\"} | oauth2.grant' is required",
        "{\"authority\":\"http://a\",\"grant\":\"s3cr3t\"} | oauth2.grant' must be one of client_",
        "{\"authority\":\"http://a\",\"grant\":\"authorization_code\"} | the task has no code: say it under metadata.capstan.authorizationCode",
        "{\"authority\":\"http://a\",\"grant\":\"authorization_code\",\"authorizationCode\":{}} | oauth2.authorizationCode.code' is required",
        "{\"authority\":\"http://a\",\"grant\":\"authorization_code\",\"authorizationCode\":{\"code\":\"s3cr3t\",\"codeVerifier\":\"s3cr3t\"}} | oauth2.authorizationCode.codeVerifier' must be 43 to 128",
        "{\"authority\":\"http://a\",\"grant\":\"password\",\"username\":\"u\"} | oauth2.password'",
        "{\"authority\":\"http://a\",\"grant\":\"refresh_token\"} | oauth2.subject' is required",
        "{\"authority\":\"http://a\",\"grant\":\"client_credentials\",\"client\":{\"secret\":\"s\"}} | oauth2.client.id' is",
        "{\"authority\":\"http://a\",\"grant\":\"client_credentials\",\"client\":\"s3cr3t\"} | oauth2.client' must be an object",
        "{\"authority\":\"http://a\",\"grant\":\"client_credentials\",\"scopes\":[\"a\",7]} | oauth2.scopes' must be a list",
        "{\"authority\":\"http://a\",\"grant\":\"client_credentials\",\"scopes\":\"s3cr3t\"} | oauth2.scopes' must be a list",
        "{\"authority\":\"http://a\",\"grant\":\"client_credentials\",\"client\":{\"id\":\"i\",\"secret\":\"s3cr3t\",\"authentication\":\"private_key_jwt\"}} | PKCS #8",
      })
  void aPolicyThatCanNotBeUsedIsAConfigurationError(String policy, String detail) throws Exception {
    Fault fault = fault((ObjectNode) Json.read(policy.getBytes(StandardCharsets.UTF_8)));

    assertThat(fault.getType()).isEqualTo(ErrorType.CONFIGURATION.uri());
    assertThat(fault.getDetail()).contains(detail).doesNotContain("s3cr3t");
    assertThat(List.copyOf(server.site().seen())).isEmpty();
  }
}
