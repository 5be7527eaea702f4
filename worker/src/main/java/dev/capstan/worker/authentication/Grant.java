package dev.capstan.worker.authentication;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a token is asked for with: the grants of OAuth 2. */
enum Grant {
  CLIENT_CREDENTIALS("client_credentials"),
  PASSWORD("password"),
  REFRESH_TOKEN("refresh_token"),
  TOKEN_EXCHANGE("urn:ietf:params:oauth:grant-type:token-exchange"),
  AUTHORIZATION_CODE("authorization_code");

  static final Map<String, Grant> BY_NAME = byName();

  private final String text;

  Grant(String text) {
    this.text = text;
  }

  /** The value of {@code grant_type}. */
  String text() {
    return text;
  }

  /** What a token is asked for with when a refresh token may have come with an earlier one. */
  Grant with(@Nullable String refreshToken) {
    return this == AUTHORIZATION_CODE && refreshToken != null ? REFRESH_TOKEN : this;
  }

  private static Map<String, Grant> byName() {
    Map<String, Grant> grants = new LinkedHashMap<>();
    for (Grant grant : values()) {
      grants.put(grant.text, grant);
    }
    return grants;
  }
}
