package dev.capstan.worker.authentication;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A policy of OAuth 2 or OpenID Connect (DSL reference, OAuth2 Authentication): who hands out the
 * tokens, and for what. Calls whose policies are equal share their tokens.
 *
 * @param endpoint where tokens are asked for; with {@code discovered}, the document that tells it
 * @param discovered whether the token endpoint is found by OpenID Connect Discovery
 * @param json whether requests are JSON; otherwise they are forms
 * @param code what the first token is asked for with, by the grant of that name
 */
record TokenPolicy(
    String authority,
    URI endpoint,
    boolean discovered,
    Grant grant,
    Client client,
    boolean json,
    List<String> issuers,
    List<String> scopes,
    List<String> audiences,
    @Nullable String username,
    @Nullable String password,
    @Nullable SecurityToken subject,
    @Nullable SecurityToken actor,
    @Nullable AuthorizationCode code) {

  private static final String DEFAULT_TOKEN_PATH = "/oauth2/token";
  private static final String DISCOVERY_PATH = "/.well-known/openid-configuration";
  private static final Pattern SLASHES_AT_END = Pattern.compile("/+$");
  private static final Map<String, Boolean> JSON_BY_ENCODING =
      new TreeMap<>(Map.of("application/x-www-form-urlencoded", false, "application/json", true));

  static TokenPolicy of(boolean discovered, Fields fields) {
    String authority = authority(fields);
    Boolean json = fields.part("request").choice("encoding", JSON_BY_ENCODING);
    TokenPolicy policy =
        new TokenPolicy(
            authority,
            discovered
                ? URI.create(authority + DISCOVERY_PATH)
                : tokenEndpoint(authority, fields.part("endpoints")),
            discovered,
            grant(fields),
            Client.of(fields.part("client")),
            json != null && json,
            fields.texts("issuers"),
            fields.texts("scopes"),
            fields.texts("audiences"),
            fields.optional("username"),
            fields.optional("password"),
            SecurityToken.of(fields.part("subject")),
            SecurityToken.of(fields.part("actor")),
            AuthorizationCode.of(fields.part(AuthorizationCode.FIELD)));
    policy.check(fields);
    return policy;
  }

  /** Some write the whole URI of the discovery document. */
  private static String authority(Fields fields) {
    String written = fields.uri("authority").toString();
    int base =
        written.endsWith(DISCOVERY_PATH)
            ? written.length() - DISCOVERY_PATH.length()
            : written.length();
    return SLASHES_AT_END.matcher(written.substring(0, base)).replaceFirst("");
  }

  private static Grant grant(Fields fields) {
    fields.text("grant");
    Grant grant = fields.choice("grant", Grant.BY_NAME);
    return grant == null ? Grant.CLIENT_CREDENTIALS : grant;
  }

  /** A path is below the authority, whatever it begins with; a URI stands for itself. */
  private static URI tokenEndpoint(String authority, Fields endpoints) {
    String token = endpoints.optional("token");
    String path = token == null ? DEFAULT_TOKEN_PATH : token.strip();
    String start = path.toLowerCase(Locale.ROOT);
    if (start.startsWith("http://") || start.startsWith("https://")) {
      return endpoints.uri("token");
    }
    try {
      return URI.create(authority + (path.startsWith("/") ? "" : "/") + path);
    } catch (IllegalArgumentException e) {
      throw endpoints.wrong("token", "is not a URI");
    }
  }

  private void check(Fields fields) {
    switch (grant) {
      case CLIENT_CREDENTIALS -> {}
      case PASSWORD -> {
        fields.text("username");
        fields.text("password");
      }
      case REFRESH_TOKEN -> {
        if (subject == null) {
          throw fields.wrong("subject", "is required with refresh_token: it is the refresh token");
        }
      }
      case TOKEN_EXCHANGE -> {
        if (subject == null) {
          throw fields.wrong("subject", "is required with token exchange");
        }
      }
      case AUTHORIZATION_CODE -> {
        if (code == null) {
          throw fields.wrong(
              "grant",
              "is authorization_code, and the task has no code: say it under"
                  + " metadata.capstan.authorizationCode");
        }
      }
    }
  }

  /** What of it must not be told. */
  List<String> secrets() {
    return Stream.of(
            Optional.ofNullable(client.secret()),
            Optional.ofNullable(client.assertion()),
            Optional.ofNullable(password),
            Optional.ofNullable(subject).map(SecurityToken::token),
            Optional.ofNullable(actor).map(SecurityToken::token),
            Optional.ofNullable(code).map(AuthorizationCode::code),
            Optional.ofNullable(code).map(AuthorizationCode::codeVerifier))
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public String toString() {
    return "tokens for the grant " + grant.text();
  }
}
