package dev.capstan.worker.authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens in time that the test says, from an authority that says what the test says. */
class AccessTokensTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AtomicLong now = new AtomicLong(7);
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
  private volatile CountDownLatch open = new CountDownLatch(0);

  private final AccessTokens tokens =
      new AccessTokens(
          new Authority(this::answer, InstantSource.fixed(Instant.EPOCH)), now::get, PATIENCE);

  private TokenServer.Reply answer(TokenServer.Request request) throws InterruptedException {
    byte[] body = request.body();
    asked.add(body == null ? request.uri().toString() : new String(body, StandardCharsets.UTF_8));
    open.await();
    String answer = answers.isEmpty() ? "200 {}" : answers.remove();
    return new TokenServer.Reply(
        Integer.parseInt(answer.substring(0, 3)),
        answer.substring(4).getBytes(StandardCharsets.UTF_8));
  }

  private void token(String token, int seconds) {
    answers.add("200 {\"access_token\":\"%s\",\"expires_in\":%d}".formatted(token, seconds));
  }

  private static TokenPolicy policy(String more) throws IOException {
    JsonNode fields =
        Json.read(
            ("{\"authority\":\"http://authority\",\"grant\":\"client_credentials\"," + more + "}")
                .getBytes(StandardCharsets.UTF_8));
    return TokenPolicy.of(false, new Fields(fields, "oauth2"));
  }

  private static TokenPolicy policy() throws IOException {
    return policy("\"client\":{\"id\":\"me\",\"secret\":\"s3cret\"}");
  }

  private String get(TokenPolicy policy) throws InterruptedException {
    return tokens.get(policy).value();
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private TaskFault failure(TokenPolicy policy) {
    List<TaskFault> failures = new ArrayList<>();
    assertThatThrownBy(() -> tokens.get(policy))
        .isInstanceOfSatisfying(TaskFault.class, failures::add);
    return failures.getFirst();
  }

  @Nested
  class Cache {

    @Test
    void aTokenIsUsedUntilShortlyBeforeItExpires() throws Exception {
      token("one", 300);
      token("two", 300);

      assertThat(get(policy())).isEqualTo("one");
      pass(Duration.ofSeconds(269));
      assertThat(get(policy())).isEqualTo("one");
      pass(Duration.ofSeconds(1));
      assertThat(get(policy())).isEqualTo("two");
      assertThat(asked).hasSize(2);
    }

    @Test
    void ofShortLivesAPartIsTheMargin() throws Exception {
      token("one", 10);
      token("two", 10);

      get(policy());
      pass(Duration.ofMillis(7_999));
      assertThat(get(policy())).isEqualTo("one");
      pass(Duration.ofMillis(1));
      assertThat(get(policy())).isEqualTo("two");
    }

    @Test
    void aTokenThatDoesNotTellItsLifeIsUsedForAMinute() throws Exception {
      answers.add("200 {\"access_token\":\"one\"}");
      answers.add("200 {\"access_token\":\"two\",\"expires_in\":\"100\"}");

      get(policy());
      pass(Duration.ofSeconds(59));
      assertThat(get(policy())).isEqualTo("one");
      pass(Duration.ofSeconds(1));
      assertThat(get(policy())).isEqualTo("two");
      pass(Duration.ofSeconds(79));
      assertThat(get(policy())).as("a number may be a string").isEqualTo("two");
    }

    @Test
    void otherPoliciesHaveOtherTokens() throws Exception {
      token("one", 300);
      token("two", 300);

      assertThat(get(policy())).isEqualTo("one");
      assertThat(get(policy("\"client\":{\"id\":\"me\",\"secret\":\"other\"}"))).isEqualTo("two");
      assertThat(get(policy())).isEqualTo("one");
    }

    @Test
    void aRefusedTokenIsDroppedAndANewerOneIsNot() throws Exception {
      token("one", 300);
      token("two", 300);
      AccessToken one = tokens.get(policy());

      tokens.drop(policy(), one);
      assertThat(tokens.known(policy())).isNull();
      AccessToken two = tokens.get(policy());
      tokens.drop(policy(), one);

      assertThat(tokens.known(policy())).isEqualTo(two);
    }

    @Test
    void policiesAreForgottenWhenThereAreTooMany() throws Exception {
      for (int i = 0; i <= AccessTokens.MOST_KEPT; i++) {
        token("token-" + i, 300);
        get(policy("\"scopes\":[\"s" + i + "\"]"));
      }

      assertThat(tokens.known(policy("\"scopes\":[\"s0\"]"))).isNull();
      assertThat(tokens.known(policy("\"scopes\":[\"s1\"]"))).isNotNull();
    }
  }

  @Nested
  class OneRequestAtATime {

    @Test
    void whoeverNeedsATokenMeanwhileWaitsForTheSameAnswer() throws Exception {
      open = new CountDownLatch(1);
      token("one", 300);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          TokenPolicy policy = policy();
          all.add(threads.submit(() -> get(policy)));
        }
        Awaitility.await().atMost(PATIENCE).until(() -> asked.size() == 1);
        open.countDown();
        for (Future<String> each : all) {
          assertThat(each.get()).isEqualTo("one");
        }
      }
      assertThat(asked).hasSize(1);
    }

    @Test
    void theRequestOutlivesTheCallThatBeganIt() throws Exception {
      open = new CountDownLatch(1);
      token("one", 300);
      TokenPolicy policy = policy();
      FutureTask<String> given = new FutureTask<>(() -> get(policy));
      Thread thread = Thread.ofVirtual().start(given);
      Awaitility.await().atMost(PATIENCE).until(() -> asked.size() == 1);

      thread.interrupt();
      assertThatThrownBy(given::get).hasCauseInstanceOf(InterruptedException.class);
      open.countDown();

      assertThat(get(policy())).isEqualTo("one");
      assertThat(asked).hasSize(1);
    }

    @Test
    void aRequestThatTakesTooLongIsGivenUpAndBegunAnew() throws Exception {
      open = new CountDownLatch(1);
      AccessTokens hasty =
          new AccessTokens(
              new Authority(AccessTokensTest.this::answer, InstantSource.fixed(Instant.EPOCH)),
              now::get,
              Duration.ofMillis(20));
      TokenPolicy policy = policy();

      assertThatThrownBy(() -> hasty.get(policy))
          .isInstanceOfSatisfying(
              TaskFault.class,
              late -> assertThat(late.fault().type()).isEqualTo(ErrorType.COMMUNICATION.uri()));
      open.countDown();
      token("one", 300);

      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(hasty.get(policy).value()).isEqualTo("one"));
    }

    @Test
    void aFailureIsNotKept() throws Exception {
      answers.add("503 busy");
      token("one", 300);

      assertThat(failure(policy()).fault().status()).isEqualTo(503);
      assertThat(get(policy())).isEqualTo("one");
    }
  }

  @Nested
  class Refresh {

    private static final String REFRESH =
        """
        {"authority":"http://authority","grant":"refresh_token","subject":\
        {"token":"refresh-0","type":"urn:ietf:params:oauth:token-type:refresh_token"}}\
        """;

    private static TokenPolicy policy() throws IOException {
      return TokenPolicy.of(
          false, new Fields(Json.read(REFRESH.getBytes(StandardCharsets.UTF_8)), "oauth2"));
    }

    @Test
    void theNewestRefreshTokenIsUsedAndAfterAFailureThatOfTheDefinition() throws Exception {
      answers.add("200 {\"access_token\":\"a\",\"expires_in\":0,\"refresh_token\":\"refresh-1\"}");
      answers.add("200 {\"access_token\":\"b\",\"expires_in\":0}");
      answers.add("400 {\"error\":\"invalid_grant\",\"error_description\":\"no refresh-1\"}");
      token("c", 300);

      get(policy());
      get(policy());
      TaskFault failure = failure(policy());
      get(policy());

      assertThat(asked)
          .containsExactly(
              "grant_type=refresh_token&refresh_token=refresh-0",
              "grant_type=refresh_token&refresh_token=refresh-1",
              "grant_type=refresh_token&refresh_token=refresh-1",
              "grant_type=refresh_token&refresh_token=refresh-0");
      assertThat(failure.fault().detail()).contains("invalid_grant").doesNotContain("refresh-1");
    }
  }

  @Nested
  class Codes {

    private static TokenPolicy policy() throws IOException {
      String policy =
          """
          {"authority":"http://authority","grant":"authorization_code","scopes":["read"],\
          "authorizationCode":{"code":"c0de","redirectUri":"https://a/b?c"}}\
          """;
      return TokenPolicy.of(
          false, new Fields(Json.read(policy.getBytes(StandardCharsets.UTF_8)), "oauth2"));
    }

    private static final String FIRST =
        "grant_type=authorization_code&code=c0de&redirect_uri=https%3A%2F%2Fa%2Fb%3Fc";
    private static final String NEXT = "grant_type=refresh_token&refresh_token=r1&scope=read";

    @Test
    void theRefreshTokenTakesThePlaceOfTheCodeUntilTheAuthorityRefusesIt() throws Exception {
      answers.add("200 {\"access_token\":\"a\",\"expires_in\":0,\"refresh_token\":\"r1\"}");
      answers.add("503 ");
      answers.add("200 {\"access_token\":\"b\",\"expires_in\":0}");
      answers.add("400 {\"error\":\"invalid_grant\"}");
      answers.add("400 {\"error\":\"invalid_grant\",\"error_description\":\"c0de is spent.\"}");

      assertThat(get(policy())).isEqualTo("a");
      assertThat(failure(policy()).fault().type()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(get(policy())).isEqualTo("b");
      assertThat(failure(policy()).fault().detail())
          .contains("the grant refresh_token", "invalid_grant")
          .doesNotContain("A code");
      assertThat(failure(policy()).fault().detail())
          .contains("the grant authorization_code", "(*** is spent.). A code is good for one");

      assertThat(asked).containsExactly(FIRST, NEXT, NEXT, NEXT, FIRST);
    }

    @Test
    void withoutARefreshTokenTheCodeIsTriedAgain() throws Exception {
      token("a", 0);
      answers.add("400 {\"error\":\"invalid_grant\"}");

      get(policy());

      assertThat(failure(policy()).fault().detail()).contains("invalid_grant. A code is good");
      assertThat(asked).containsExactly(FIRST, FIRST);
    }

    @Test
    void otherCodesAreOtherPolicies() throws Exception {
      assertThat(policy()).isEqualTo(policy());
      assertThat(policy().toString()).doesNotContain("c0de");
      assertThat(String.valueOf(policy().code())).doesNotContain("c0de");
    }
  }

  @Nested
  class Answers {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "400 {\"error\":\"invalid_scope\"} | status 400: invalid_scope",
          "401 <html>s3cret</html> | refused with status 401.",
          "302 | refused with status 302.",
          "200 {} | has no access_token",
          "200 not JSON | has no access_token",
          "200 {\"access_token\":7} | has no access_token",
          "200 {\"access_token\":\"t0ken\",\"token_type\":\"mac\"} | a type that can't be used: mac",
          "400 {\"error\":\"e\",\"error_description\":\"s3cret czNjcmV0 %\"} | e (*** *** %)"
        })
    void whatIsNoTokenIsAnAuthenticationError(String answer, String detail) throws Exception {
      answers.add(answer + " ");

      TaskFault failure = failure(policy());

      assertThat(failure.fault().type()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(failure.fault().status()).isEqualTo(401);
      assertThat(failure.fault().detail())
          .startsWith("POST http://authority/oauth2/token with the grant client_credentials ")
          .contains(detail)
          .doesNotContain("s3cret", "t0ken");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 503})
    void anAuthorityThatCanNotWorkNowIsACommunicationError(int status) throws Exception {
      answers.add(status + " {\"error\":\"later\"}");

      TaskFault failure = failure(policy());

      assertThat(failure.fault().type()).isEqualTo(ErrorType.COMMUNICATION.uri());
      assertThat(failure.fault().status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "{\"iss\":\"http://evil\"} | was issued by http://evil, and 'issuers' has http://good",
          "{\"sub\":\"x\"} | does not tell its issuer",
        })
    void aTokenOfAnotherIssuerIsRefused(String claims, String detail) throws Exception {
      token(jwt(claims), 300);

      TaskFault failure = failure(policy("\"issuers\":[\"http://good\"]"));

      assertThat(failure.fault().type()).isEqualTo(ErrorType.AUTHENTICATION.uri());
      assertThat(failure.fault().detail()).contains(detail);
    }

    @Test
    void aTokenOfAnIssuerOrOneThatIsNoJwtIsTaken() throws Exception {
      String good = jwt("{\"iss\":\"http://good\"}");
      token(good, 0);
      token("opaque.to.us", 0);

      assertThat(get(policy("\"issuers\":[\"http://good\"]"))).isEqualTo(good);
      assertThat(get(policy("\"issuers\":[\"http://good\"]"))).isEqualTo("opaque.to.us");
    }

    private static String jwt(String claims) {
      return base64("{\"alg\":\"none\"}") + "." + base64(claims) + ".";
    }

    private static String base64(String text) {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Nested
  class Discovery {

    private static final String AUTHORITY = "http://authority/realms/a";

    private TaskFault refused(String answer) throws IOException {
      answers.add(answer);
      return failure(oidc(AUTHORITY, ""));
    }

    private static TokenPolicy oidc(String authority, String more) throws IOException {
      String policy = "{\"authority\":\"%s\",\"grant\":\"client_credentials\"%s}";
      return TokenPolicy.of(
          true,
          new Fields(
              Json.read(policy.formatted(authority, more).getBytes(StandardCharsets.UTF_8)),
              "oidc"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/.well-known/openid-configuration"})
    void theDocumentIsReadOnceAnHour(String end) throws Exception {
      String document = "200 {\"issuer\":\"%s\",\"token_endpoint\":\"http://t/%d\"}";
      answers.add(document.formatted(AUTHORITY, 1));
      token("one", 2_000);
      token("two", 2_000);
      answers.add(document.formatted(AUTHORITY, 2));
      token("three", 2_000);

      get(oidc(AUTHORITY + end, ""));
      pass(Duration.ofSeconds(2_000));
      get(oidc(AUTHORITY + end, ""));
      pass(Duration.ofSeconds(2_000));
      get(oidc(AUTHORITY + end, ""));

      String discovery = AUTHORITY + "/.well-known/openid-configuration";
      String request = "grant_type=client_credentials";
      assertThat(asked).containsExactly(discovery, request, request, discovery, request);
    }

    @Test
    void theDocumentOfAnotherIssuerIsTakenWhenIssuersHasIt() throws Exception {
      String document = "200 {\"issuer\":\"http://other\",\"token_endpoint\":\"http://t/\"}";

      assertThat(refused(document).fault().detail()).contains("http://other", "'issuers'");

      answers.add(document);
      token("one", 300);
      assertThat(get(oidc(AUTHORITY, ",\"issuers\":[\"http://other\"]"))).isEqualTo("one");
    }

    @Test
    void adocumentThatCanNotBeUsedIsAnAuthenticationError() throws Exception {
      String start = "200 {\"issuer\":\"" + AUTHORITY + "\"";

      for (String answer :
          List.of(
              "404 none",
              "200 none",
              "200 {}",
              start + "}",
              start + ",\"token_endpoint\":\"ftp://t/\"}",
              start + ",\"token_endpoint\":\"%\"}")) {
        assertThat(refused(answer).fault().type())
            .as(answer)
            .isEqualTo(ErrorType.AUTHENTICATION.uri());
      }
      assertThat(refused("502 none").fault().type()).isEqualTo(ErrorType.COMMUNICATION.uri());
    }
  }

  @Test
  void secretsDoNotShowWhereValuesAreTold() throws Exception {
    TokenPolicy policy =
        policy(
            """
            "username":"u","password":"s3cret-1","client":{"id":"me","secret":"s3cret-2"},\
            "subject":{"token":"s3cret-3","type":"t"},"actor":{"token":"s3cret-4","type":"t"}\
            """);
    token("s3cret-5", 300);
    Secrets secrets = new Secrets();
    policy.secrets().forEach(secrets::add);

    assertThat(
            List.of(
                new Policy.Granted(policy),
                policy.client(),
                tokens.get(policy),
                new Policy.Digest("u", "s3cret-6"),
                new Policy.Fixed("s3cret-7"),
                secrets.redact("s3cret-1 s3cret-2 s3cret-3 s3cret-4")))
        .allSatisfy(each -> assertThat(each.toString()).doesNotContain("s3cret"));
    assertThat(Policy.of(MissingNode.getInstance(), secrets)).isNull();
  }
}
