package dev.capstan.worker.authentication;

import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** Goes with the policy's token; with a new one once, when the resource does not take it. */
final class TokenAuthorization implements Authorization {

  private final AccessTokens tokens;
  private final TokenPolicy policy;
  private @Nullable AccessToken used;

  TokenAuthorization(AccessTokens tokens, TokenPolicy policy) {
    this.tokens = tokens;
    this.policy = policy;
  }

  @Override
  public String first() throws InterruptedException {
    AccessToken token = tokens.get(policy);
    used = token;
    return token.authorization();
  }

  @Override
  public @Nullable String next(HttpHeaders refusal) throws InterruptedException {
    if (used == null) {
      return null;
    }
    tokens.drop(policy, used);
    used = null;
    return tokens.get(policy).authorization();
  }
}
