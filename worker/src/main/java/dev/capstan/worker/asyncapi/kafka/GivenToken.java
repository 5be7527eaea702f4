package dev.capstan.worker.asyncapi.kafka;

import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.auth.SaslExtensionsCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;
import org.jspecify.annotations.Nullable;

/** Hands the library the bearer token that is in its own configuration. It makes it by name. */
public final class GivenToken implements AuthenticateCallbackHandler {

  /** The broker judges the token; here it is good for as long as one connection needs it. */
  private static final long LIFETIME_MILLIS = 60 * 60 * 1000L;

  private String token = "";

  /** One without a token as yet. */
  public GivenToken() {}

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    token = String.valueOf(entries.getFirst().getOptions().get("token"));
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      switch (callback) {
        case OAuthBearerTokenCallback asked ->
            asked.token(new Token(token, System.currentTimeMillis()));
        case SaslExtensionsCallback _ -> {}
        default -> throw new UnsupportedCallbackException(callback);
      }
    }
  }

  @Override
  public void close() {}

  private record Token(String value, long from) implements OAuthBearerToken {

    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public long lifetimeMs() {
      return from + LIFETIME_MILLIS;
    }

    @Override
    public String principalName() {
      return "";
    }

    @Override
    public @Nullable Long startTimeMs() {
      return from;
    }

    @Override
    public String toString() {
      return "Token[]";
    }
  }
}
