package dev.capstan.server.membership;

import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.Authenticator;
import java.time.Duration;
import java.util.List;

/** Knows people and services by API keys of the cluster, sent as bearer tokens (RFC 6750). */
public final class KeyAuthenticator implements Authenticator {
  private static final String SCHEME = "Bearer ";

  private final Roster roster;

  /** For the keys of a cluster. */
  public KeyAuthenticator(Roster roster) {
    this.roster = roster;
  }

  @Override
  public Principal authenticate(Credentials request) {
    String authorization = request.header("Authorization");
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw unknown("The request shows no API key");
    }
    ApiKey key;
    try {
      key = ApiKey.parse(authorization.substring(SCHEME.length()));
    } catch (TokenFormatException e) {
      throw unknown("What the request shows is no API key: " + e.getMessage());
    }
    Principal principal = roster.principal(key);
    if (principal == null && roster.isEmpty()) {
      throw new Refusal(
          Refusal.Code.NOT_READY,
          "This coordinator does not know the cluster's API keys yet",
          "Ask again in a moment, or another coordinator",
          Duration.ofMillis(200),
          List.of());
    }
    if (principal == null) {
      throw unknown("The cluster does not know this API key");
    }
    return principal;
  }

  private static Refusal unknown(String what) {
    return new Refusal(
        Refusal.Code.UNAUTHENTICATED,
        what,
        "Send one as Authorization: Bearer capk_...; the command line takes it from --credential FILE"
            + " or CAPSTAN_CREDENTIAL");
  }
}
