package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The request for a token (RFC 6749, section 4; RFC 8693, section 2.1). */
final class TokenRequest {

  private final TokenPolicy policy;
  private final URI endpoint;
  private final Secrets secrets;
  private final Map<String, String> headers = new TreeMap<>();
  private final Map<String, List<String>> parameters = new LinkedHashMap<>();

  private TokenRequest(TokenPolicy policy, URI endpoint, Secrets secrets) {
    this.policy = policy;
    this.endpoint = endpoint;
    this.secrets = secrets;
  }

  /**
   * The request that a policy asks for.
   *
   * @param refreshToken a newer one than that of the policy; null when there is none
   * @param secrets learns what the request has besides the policy
   */
  static TokenServer.Request of(
      TokenPolicy policy,
      URI endpoint,
      @Nullable String refreshToken,
      Instant now,
      Secrets secrets) {
    TokenRequest request = new TokenRequest(policy, endpoint, secrets);
    Grant grant = policy.grant().with(refreshToken);
    request.put("grant_type", grant.text());
    request.putGrant(grant, refreshToken);
    request.putClient(now);
    // What a code is good for was said when it was asked for (RFC 6749, section 4.1.3).
    if (!policy.scopes().isEmpty() && grant != Grant.AUTHORIZATION_CODE) {
      request.put("scope", String.join(" ", policy.scopes()));
    }
    policy.audiences().forEach(audience -> request.put("audience", audience));
    return request.encoded();
  }

  private void putGrant(Grant grant, @Nullable String refreshToken) {
    SecurityToken subject = policy.subject();
    switch (grant) {
      case CLIENT_CREDENTIALS -> {}
      case AUTHORIZATION_CODE -> putCode(policy.code());
      case PASSWORD -> {
        putIfPresent("username", policy.username());
        putIfPresent("password", policy.password());
      }
      case REFRESH_TOKEN ->
          putIfPresent(
              "refresh_token",
              refreshToken == null && subject != null ? subject.token() : refreshToken);
      case TOKEN_EXCHANGE -> {
        putToken("subject_token", subject);
        putToken("actor_token", policy.actor());
      }
    }
  }

  private void putCode(@Nullable AuthorizationCode code) {
    if (code != null) {
      put("code", code.code());
      putIfPresent("redirect_uri", code.redirectUri());
      putIfPresent("code_verifier", code.codeVerifier());
    }
  }

  private void putToken(String name, @Nullable SecurityToken token) {
    if (token != null) {
      put(name, token.token());
      put(name + "_type", token.type());
    }
  }

  private void putClient(Instant now) {
    Client client = policy.client();
    switch (client.authentication()) {
      case CLIENT_SECRET_POST -> {
        putIfPresent("client_id", client.id());
        putIfPresent("client_secret", client.secret());
      }
      case CLIENT_SECRET_BASIC -> {
        String pair = form(client.id()) + ":" + form(client.secret());
        secrets.add(pair);
        headers.put(
            "authorization",
            "Basic "
                + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.US_ASCII)));
      }
      case CLIENT_SECRET_JWT, PRIVATE_KEY_JWT -> {
        putIfPresent("client_id", client.id());
        put("client_assertion_type", ClientAssertion.TYPE);
        put("client_assertion", assertion(client, now));
      }
      case NONE -> putIfPresent("client_id", client.id());
    }
  }

  private String assertion(Client client, Instant now) {
    String assertion = client.assertion();
    if (assertion == null) {
      assertion =
          ClientAssertion.sign(
              client.authentication(),
              Objects.requireNonNull(client.id()),
              Objects.requireNonNull(client.secret()),
              endpoint.toString(),
              now);
      secrets.add(assertion);
    }
    return assertion;
  }

  private void putIfPresent(String name, @Nullable String value) {
    if (value != null) {
      put(name, value);
    }
  }

  private void put(String name, String value) {
    parameters.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  private TokenServer.Request encoded() {
    headers.put("accept", "application/json");
    headers.put(
        "content-type", policy.json() ? "application/json" : "application/x-www-form-urlencoded");
    byte[] body = policy.json() ? asJson() : asForm().getBytes(StandardCharsets.US_ASCII);
    return new TokenServer.Request("POST", endpoint, headers, body, secrets);
  }

  private String asForm() {
    List<String> pairs = new ArrayList<>();
    parameters.forEach(
        (name, values) -> values.forEach(value -> pairs.add(form(name) + "=" + form(value))));
    return String.join("&", pairs);
  }

  private byte[] asJson() {
    ObjectNode object = Json.object();
    parameters.forEach((name, values) -> {
      if (values.size() == 1) {
        object.put(name, values.getFirst());
      } else {
        ArrayNode several = object.putArray(name);
        values.forEach(several::add);
      }
    });
    return Json.write(object);
  }

  private static String form(@Nullable String text) {
    return text == null ? "" : URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
