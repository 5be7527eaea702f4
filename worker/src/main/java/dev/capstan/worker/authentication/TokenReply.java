package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a token endpoint answered (RFC 6749, section 5).
 *
 * @param asked names the endpoint and the grant in errors
 * @param byCode whether it was asked with an authorization code
 * @param secrets what errors must not tell
 */
record TokenReply(JsonNode content, int status, String asked, boolean byCode, Secrets secrets) {

  private static final String SPENT =
      " A code is good for one token: perhaps this one is spent, by an earlier attempt on another"
          + " node for one, or too old, or 'redirectUri' or 'codeVerifier' are not those that it"
          + " was asked for with.";

  /** A token whose authority does not say how long it lives is used so long. */
  private static final Duration UNTOLD_LIFE = Duration.ofMinutes(1);

  /** A token is not used in the last moments of its life: requests take time, clocks differ. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  /** Of short lives, the margin is this part. */
  private static final int MARGIN_PART = 5;

  private static final Duration LONGEST_LIFE = Duration.ofDays(365);

  private static final int MOST_DETAIL = 500;

  private static final Pattern DOT = Pattern.compile("\\.");

  static TokenReply of(TokenServer.Reply reply, String asked, boolean byCode, Secrets secrets) {
    return new TokenReply(json(reply.content()), reply.status(), asked, byCode, secrets);
  }

  /**
   * The token.
   *
   * @param issuers who may have issued it; anyone when empty
   * @throws TaskFault of type {@code authentication} when there is none that can be used
   */
  AccessToken token(List<String> issuers) {
    if (status < 200 || status > 299) {
      throw Refusals.ofStatus("No access token", status, asked + " was refused" + reason());
    }
    JsonNode token = content.path("access_token");
    if (!token.isTextual() || token.textValue().isEmpty()) {
      throw unusable("has no access_token");
    }
    String type = content.path("token_type").asText("Bearer");
    if (!type.equalsIgnoreCase("Bearer") && !type.equalsIgnoreCase("N_A")) {
      throw unusable("is a token of a type that can't be used: " + type);
    }
    checkIssuer(token.textValue(), issuers);
    JsonNode refresh = content.path("refresh_token");
    return new AccessToken(
        token.textValue(), life().toNanos(), refresh.isTextual() ? refresh.textValue() : null);
  }

  /** What the authority says, shortened; it may repeat what it was asked. */
  private String reason() {
    String error = content.path("error").asText("");
    String description = content.path("error_description").asText("");
    String said = error + (description.isEmpty() ? "" : " (" + description + ")");
    String redacted = secrets.redact(said);
    String told =
        redacted.length() > MOST_DETAIL ? redacted.substring(0, MOST_DETAIL) + "…" : redacted;
    String advice = byCode && error.equals("invalid_grant") ? SPENT : "";
    String end = advice.isEmpty() || told.endsWith(".") ? "" : ".";
    return " with status " + status + (told.isEmpty() ? "." : ": " + told + end) + advice;
  }

  private Duration life() {
    if (!content.hasNonNull("expires_in")) {
      return UNTOLD_LIFE;
    }
    // Some servers write the number as a string.
    long seconds = content.path("expires_in").asLong(0);
    Duration life = Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_LIFE.toSeconds()));
    Duration part = life.dividedBy(MARGIN_PART);
    return life.minus(part.compareTo(MARGIN) < 0 ? part : MARGIN);
  }

  /** Only a token that is a JWT tells its issuer. */
  private void checkIssuer(String token, List<String> issuers) {
    String[] parts = DOT.split(token, -1);
    if (issuers.isEmpty() || parts.length != 3 || !decoded(parts[0]).isObject()) {
      return;
    }
    JsonNode issuer = decoded(parts[1]).path("iss");
    if (!issuer.isTextual() || !issuers.contains(issuer.textValue())) {
      throw unusable(
          (issuer.isTextual() ? "was issued by " + issuer.textValue() : "does not tell its issuer")
              + ", and 'issuers' has "
              + String.join(", ", issuers));
    }
  }

  private TaskFault unusable(String why) {
    return Refusals.of(
        "No access token", secrets.redact(asked + " brought an answer that " + why + "."));
  }

  private static JsonNode decoded(String part) {
    try {
      return json(Base64.getUrlDecoder().decode(part));
    } catch (IllegalArgumentException e) {
      return MissingNode.getInstance();
    }
  }

  private static JsonNode json(byte[] content) {
    try {
      return Json.read(content);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }
}
