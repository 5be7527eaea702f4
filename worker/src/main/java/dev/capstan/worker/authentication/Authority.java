package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks an authority for tokens, and before that where it hands them out. */
final class Authority {

  private final TokenServer server;
  private final InstantSource clock;

  Authority(TokenServer server, InstantSource clock) {
    this.server = server;
    this.clock = clock;
  }

  /**
   * Where a policy's tokens are handed out.
   *
   * @throws TaskFault of type {@code authentication} when the authority does not tell, {@code
   *     communication} when it does not answer
   */
  URI tokenEndpoint(TokenPolicy policy) throws InterruptedException {
    if (!policy.discovered()) {
      return policy.endpoint();
    }
    TokenServer.Reply reply =
        server.ask(
            new TokenServer.Request(
                "GET",
                policy.endpoint(),
                Map.of("accept", "application/json"),
                null,
                new Secrets()));
    if (reply.status() < 200 || reply.status() > 299) {
      throw Refusals.ofStatus(
          "No discovery document",
          reply.status(),
          "GET " + shown(policy) + " was answered with status " + reply.status() + ".");
    }
    return tokenEndpoint(policy, document(policy, reply));
  }

  private static JsonNode document(TokenPolicy policy, TokenServer.Reply reply) {
    try {
      return Json.read(reply.content());
    } catch (IOException e) {
      throw unusable(policy, "is not JSON");
    }
  }

  /** The document must be the authority's own (OpenID Connect Discovery, section 4.3). */
  private static URI tokenEndpoint(TokenPolicy policy, JsonNode document) {
    String issuer = document.path("issuer").asText("");
    if (!isExpected(policy, issuer)) {
      throw unusable(
          policy,
          "is of the issuer '" + issuer + "', which is neither the authority nor in 'issuers'");
    }
    String endpoint = document.path("token_endpoint").asText("");
    URI uri;
    try {
      uri = URI.create(endpoint);
    } catch (IllegalArgumentException e) {
      throw unusable(policy, "has a 'token_endpoint' that is not a URI");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean allowed =
        scheme.equals("https")
            || (scheme.equals("http") && policy.endpoint().getScheme().equalsIgnoreCase("http"));
    if (!allowed || uri.getHost() == null) {
      throw unusable(policy, "has no 'token_endpoint' that can be used");
    }
    return uri;
  }

  private static boolean isExpected(TokenPolicy policy, String issuer) {
    String plain = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    return policy.issuers().contains(issuer) || plain.equals(policy.authority());
  }

  private static TaskFault unusable(TokenPolicy policy, String why) {
    return Refusals.of("No discovery document", "What " + shown(policy) + " holds " + why + ".");
  }

  private static String shown(TokenPolicy policy) {
    return Refusals.shown(policy.endpoint());
  }

  /**
   * A new token.
   *
   * @param refreshToken a newer one than that of the policy; null when there is none
   * @throws TaskFault of type {@code authentication} when it is refused, {@code communication} when
   *     there is no answer
   */
  AccessToken token(TokenPolicy policy, URI endpoint, @Nullable String refreshToken)
      throws InterruptedException {
    Secrets secrets = new Secrets();
    policy.secrets().forEach(secrets::add);
    if (refreshToken != null) {
      secrets.add(refreshToken);
    }
    TokenServer.Reply reply =
        server.ask(TokenRequest.of(policy, endpoint, refreshToken, clock.instant(), secrets));
    Grant grant = policy.grant().with(refreshToken);
    String asked = "POST " + Refusals.shown(endpoint) + " with the grant " + grant.text();
    return TokenReply.of(reply, asked, grant == Grant.AUTHORIZATION_CODE, secrets)
        .token(policy.issuers());
  }
}
