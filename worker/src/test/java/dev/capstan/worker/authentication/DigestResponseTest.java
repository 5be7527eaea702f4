package dev.capstan.worker.authentication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7616, HTTP Digest Access Authentication. */
class DigestResponseTest {

  private static final Policy.Digest MUFASA = new Policy.Digest("Mufasa", "Circle of Life");

  private static DigestResponse answer(
      DigestChallenge challenge, Policy.Digest credentials, String target, String cnonce) {
    return new DigestResponse(challenge, credentials, "GET", target, new byte[0], cnonce);
  }

  private static DigestChallenge challenge(String header) {
    return DigestChallenge.firstOf(Challenge.parse(header)).orElseThrow();
  }

  /** Section 3.9.1. */
  @Nested
  class TheExampleOfTwoAlgorithms {

    private static final String CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    private static final String CHALLENGE =
        """
        Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%s, \
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", \
        opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"\
        """;

    @ParameterizedTest
    @CsvSource({
      "MD5, 8ca523f5e9506fed4657c9700eebdbec",
      "SHA-256, 753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    })
    void theResponseIsThatOfTheExample(String algorithm, String response) {
      DigestResponse answer =
          answer(challenge(CHALLENGE.formatted(algorithm)), MUFASA, "/dir/index.html", CNONCE);

      assertThat(answer.response()).isEqualTo(response);
      assertThat(answer.header())
          .isEqualTo(
              """
              Digest username="Mufasa", realm="http-auth@example.org", \
              nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", \
              response="%s", algorithm=%s, \
              opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, \
              cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"\
              """
                  .formatted(response, algorithm));
    }
  }

  /** Section 3.9.2, with the values of its erratum 4897. */
  @Test
  void aNameThatIsHashedIsThatOfTheExample() {
    DigestResponse answer =
        answer(
            challenge(
                """
                Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, \
                nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", \
                opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true\
                """),
            new Policy.Digest("Jäsøn Doe", "Secret, or not?"),
            "/doe.json",
            "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v");

    assertThat(answer.response())
        .isEqualTo("3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    assertThat(answer.header())
        .contains(
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"",
            "userhash=true");
  }

  /** Section 3.4.2; the values are those that curl 7.88 sends. */
  @ParameterizedTest
  @CsvSource({
    "MD5-sess, ZGRiMDY5N2E5NmFiYjkwMDY3MzU1NzE5ZTI5ZmE5MDM=, /MD5-sess/a?b=c,"
        + " 925d570f5e2661a4fec8b03533757b23",
    "SHA-256-sess, MzI4ODYzNmQ5Zjg4Mjg3YTc4MmNkNmQ1ZjNlNTkxN2Q=, /SHA-256-sess/a?b=c,"
        + " cdfa20998ad28c6a43e8e6bbffc0c1fa2871d1ecb66a1bb03f0c4ebb12842519"
  })
  void sessionAlgorithmsBindTheCredentialsToTheNonces(
      String algorithm, String cnonce, String target, String response) {
    DigestChallenge challenge =
        challenge(
            "Digest realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv\","
                + " qop=\"auth\", algorithm="
                + algorithm);

    assertThat(answer(challenge, MUFASA, target, cnonce).response()).isEqualTo(response);
  }

  /** Section 3.4.3; the values are those that Apache HttpClient 4.5.14 sends. */
  @ParameterizedTest
  @CsvSource({
    "MD5, hello, 1b66cb521026c0f7, 29f011ccb4b985d9a8f67706fd619cf8",
    "MD5, nächste, c18ededfbf92addb, 20ec78835ef32ea90aec5806e3c0c1d8",
    "MD5, '', 048bc20ef7d46c5f, 35c99d6b7fd4ce6d43a3f8850f5c5333",
    "MD5-sess, hello, f36f3971e34fc8e8, 737355dc0472a300a00abea9172a63e9",
    "SHA-256, hello, b58d387a6bfd4237,"
        + " 96ee2eec0e0fbd4b51e43c2ec92fd9e1b1ab093ceca3341bd92704f857c1f8c9",
    "SHA-256, '', 3c54a371e45d0b10,"
        + " 680f27974884dc7e8bd0db37e5d2711c5854fa72b62c4ac31c87df4c4d166b66"
  })
  void whereTheServerWantsItTheBodyIsVouchedFor(
      String algorithm, String body, String cnonce, String response) {
    DigestChallenge challenge =
        challenge(
            "Digest realm=\"http-auth@example.org\", qop=\"auth-int\","
                + " nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", algorithm="
                + algorithm);

    DigestResponse answer =
        new DigestResponse(
            challenge,
            MUFASA,
            "POST",
            "/dir/index.html?a=b",
            body.getBytes(StandardCharsets.UTF_8),
            cnonce);

    assertThat(answer.response()).isEqualTo(response);
    assertThat(answer.header()).contains(", qop=auth-int, nc=00000001, cnonce=\"" + cnonce + "\"");
  }

  /** As RFC 2069 has it; the value is that which curl 7.88 sends. */
  @Test
  void withoutQopThereIsNoNonceOfTheClient() {
    DigestChallenge challenge =
        challenge("Digest realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv\"");

    DigestResponse answer = answer(challenge, MUFASA, "/MD5/noqop", "unused");

    assertThat(answer.response()).isEqualTo("94ee2a01a7314fcaef8e2088827b8957");
    assertThat(answer.header()).doesNotContain("qop=", "nc=", "cnonce", "algorithm");
  }

  @Test
  void quotesAreEscapedInTheHeaderAndNotInTheHash() {
    DigestChallenge plain = challenge("Digest realm=\"a \\\"b\\\"\", nonce=\"n\", qop=auth");

    DigestResponse answer = answer(plain, new Policy.Digest("u\"v", "p"), "/", "c");

    assertThat(plain.realm()).isEqualTo("a \"b\"");
    assertThat(answer.header()).contains("username=\"u\\\"v\"", "realm=\"a \\\"b\\\"\"");
  }

  @Test
  void aNameThatNoHeaderCanHoldIsEncoded() {
    DigestChallenge utf8 = challenge("Digest realm=r, nonce=n, qop=auth, charset=UTF-8");

    assertThat(answer(utf8, new Policy.Digest("Jäsøn", "p"), "/", "c").header())
        .startsWith("Digest username*=UTF-8''J%C3%A4s%C3%B8n, realm=");
  }

  /** RFC 9110, section 11.6.1: one header may hold several challenges. */
  @Nested
  class Challenges {

    @Test
    void theFirstThatCanBeAnsweredIsAnswered() {
      DigestChallenge chosen =
          challenge(
              """
              Negotiate YWJj==, Basic realm="a, Digest b", Digest realm="x", nonce="1", \
              algorithm=SHA-1, Digest realm="y" , nonce = "2",qop="auth-int, auth",\
              algorithm=sha-256, stale=TRUE, Digest realm="z", nonce="3"\
              """);

      assertThat(chosen.realm()).isEqualTo("y");
      assertThat(chosen.nonce()).isEqualTo("2");
      assertThat(chosen.hash()).isEqualTo("SHA-256");
      assertThat(chosen.stale()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "Basic realm=\"a\"",
          "Digest realm=\"a\"",
          "Digest realm=a, nonce=n, qop=\"auth-conf\"",
          "Digest realm=a, nonce=n, algorithm=SHA-1",
          "\"",
          "= ,,\\",
          "Digest realm=\"unfinished"
        })
    void whatCanNotBeAnsweredIsNone(String header) {
      assertThat(DigestChallenge.firstOf(Challenge.parse(header))).isEmpty();
    }
  }
}
