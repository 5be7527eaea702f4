package dev.capstan.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResourceOwnerPasswordCredentialsGrant;
import com.nimbusds.oauth2.sdk.TokenErrorResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.auth.verifier.ClientAuthenticationVerifier;
import com.nimbusds.oauth2.sdk.auth.verifier.ClientCredentialsSelector;
import com.nimbusds.oauth2.sdk.auth.verifier.Context;
import com.nimbusds.oauth2.sdk.auth.verifier.InvalidClientException;
import com.nimbusds.oauth2.sdk.auth.verifier.JWTAudienceCheck;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.token.Tokens;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import com.nimbusds.openid.connect.sdk.SubjectType;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.sun.net.httpserver.HttpExchange;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An authority on loopback and a resource that takes its tokens. Requests are read, clients and
 * tokens verified, by the Nimbus libraries.
 */
final class AuthorizationServer implements AutoCloseable {

  static final String CLIENT = "me & you";

  static final String SECRET = "s3cr3t+client/0123456789 abcdefghijklmnop";

  static final String USER = "ann";

  static final String PASSWORD = "s3cr3t-user";

  static final String REFRESH_TOKEN = "s3cr3t-refresh";

  private static final byte[] SIGNING_KEY = new byte[32];

  private final Site site = new Site();
  private final String path;
  private final List<TokenRequest> granted = new CopyOnWriteArrayList<>();
  private final List<String> issued = new CopyOnWriteArrayList<>();
  private final List<String> contentTypes = new CopyOnWriteArrayList<>();
  private final Map<AuthorizationCode, Authorized> codes = new ConcurrentHashMap<>();
  private volatile @Nullable PublicKey clientKey;
  private volatile Set<String> revoked = Set.of();

  /** What was said when a code was asked for. */
  private record Authorized(@Nullable URI redirectUri, @Nullable CodeChallenge challenge) {}

  /** An authority whose token endpoint is at a path. */
  AuthorizationServer(String path) throws IOException {
    this.path = path;
    site.page(path, this::token);
    site.page("/resource", this::resource);
    site.page("/realm/.well-known/openid-configuration", this::discovery);
  }

  Site site() {
    return site;
  }

  String url(String below) {
    return site.url(below);
  }

  /** Client assertions are signed with this key. */
  void clientKey(PublicKey key) {
    clientKey = key;
  }

  /** A code as a browser would have got it, good for one token. */
  String code(@Nullable String redirectUri, @Nullable String verifier) {
    AuthorizationCode code = new AuthorizationCode();
    codes.put(
        code,
        new Authorized(
            redirectUri == null ? null : URI.create(redirectUri),
            verifier == null
                ? null
                : CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))));
    return code.getValue();
  }

  /** The resource refuses the tokens issued so far. */
  void revoke() {
    revoked = Set.copyOf(issued);
  }

  List<TokenRequest> granted() {
    return granted;
  }

  List<String> issued() {
    return issued;
  }

  /** The content types of requests for tokens. */
  List<String> contentTypes() {
    return contentTypes;
  }

  long asked(String where) {
    return site.seen().stream().filter(each -> each.uri().getPath().equals(where)).count();
  }

  private void token(Site.Seen seen, HttpExchange exchange) throws IOException {
    try {
      TokenRequest request = TokenRequest.parse(read(seen));
      ClientAuthentication client = request.getClientAuthentication();
      if (client != null) {
        verifier().verify(client, null, null);
      }
      check(request.getAuthorizationGrant());
      granted.add(request);
      answer(exchange, new AccessTokenResponse(tokens()).toHTTPResponse());
    } catch (InvalidClientException e) {
      answer(exchange, new TokenErrorResponse(OAuth2Error.INVALID_CLIENT).toHTTPResponse());
    } catch (ParseException | JOSEException e) {
      TokenErrorResponse error =
          new TokenErrorResponse(
              OAuth2Error.INVALID_GRANT.setDescription("not good: " + seen.body()));
      answer(exchange, error.toHTTPResponse());
    }
  }

  private HTTPRequest read(Site.Seen seen) throws IOException, ParseException {
    HTTPRequest request =
        new HTTPRequest(HTTPRequest.Method.valueOf(seen.method()), URI.create(url(path)));
    String type = seen.header("Content-Type");
    contentTypes.add(type);
    boolean json = type.equals("application/json");
    request.setContentType("application/x-www-form-urlencoded");
    request.setBody(json ? form(seen.body()) : seen.body());
    if (!seen.header("Authorization").isEmpty()) {
      request.setAuthorization(seen.header("Authorization"));
    }
    return request;
  }

  private static String form(String json) throws IOException {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (var field : Json.read(json.getBytes(StandardCharsets.UTF_8)).properties()) {
      List<String> values = new ArrayList<>();
      if (field.getValue().isArray()) {
        field.getValue().forEach((JsonNode each) -> values.add(each.textValue()));
      } else {
        values.add(field.getValue().textValue());
      }
      parameters.put(field.getKey(), values);
    }
    return URLUtils.serializeParameters(parameters);
  }

  private ClientAuthenticationVerifier<Object> verifier() {
    return new ClientAuthenticationVerifier<>(
        new ClientCredentialsSelector<Object>() {
          @Override
          public List<Secret> selectClientSecrets(
              ClientID id, ClientAuthenticationMethod method, @Nullable Context<Object> context) {
            return id.getValue().equals(CLIENT) ? List.of(new Secret(SECRET)) : List.of();
          }

          @Override
          public List<PublicKey> selectPublicKeys(
              ClientID id,
              ClientAuthenticationMethod method,
              JWSHeader header,
              boolean refresh,
              @Nullable Context<Object> context) {
            PublicKey key = clientKey;
            return key == null ? List.of() : List.of(key);
          }
        },
        Set.of(new Audience(url(path))),
        JWTAudienceCheck.STRICT);
  }

  private void check(AuthorizationGrant grant) throws ParseException {
    boolean good =
        switch (grant) {
          case ResourceOwnerPasswordCredentialsGrant password ->
              password.getUsername().equals(USER)
                  && password.getPassword().getValue().equals(PASSWORD);
          case RefreshTokenGrant refresh ->
              refresh.getRefreshToken().getValue().equals(REFRESH_TOKEN);
          case AuthorizationCodeGrant code -> isGood(code);
          default -> true;
        };
    if (!good) {
      throw new ParseException("wrong credentials");
    }
  }

  private boolean isGood(AuthorizationCodeGrant grant) {
    Authorized authorized = codes.remove(grant.getAuthorizationCode());
    if (authorized == null || !Objects.equals(authorized.redirectUri, grant.getRedirectionURI())) {
      return false;
    }
    CodeVerifier verifier = grant.getCodeVerifier();
    CodeChallenge challenge =
        verifier == null ? null : CodeChallenge.compute(CodeChallengeMethod.S256, verifier);
    return Objects.equals(authorized.challenge, challenge);
  }

  private Tokens tokens() throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.HS256),
            new JWTClaimsSet.Builder()
                .issuer(url("/realm"))
                .jwtID("token-" + issued.size())
                .expirationTime(Date.from(Instant.now().plusSeconds(300)))
                .build());
    token.sign(new MACSigner(SIGNING_KEY));
    issued.add(token.serialize());
    return new Tokens(
        new BearerAccessToken(token.serialize(), 300, null), new RefreshToken(REFRESH_TOKEN));
  }

  private static void answer(HttpExchange exchange, HTTPResponse response) throws IOException {
    byte[] content = response.getBody().getBytes(StandardCharsets.UTF_8);
    Site.answer(exchange, response.getStatusCode(), "application/json", content);
  }

  /** Lets in who has a token that is signed, not revoked; tells whose header it was. */
  private void resource(Site.Seen seen, HttpExchange exchange) throws IOException {
    String authorization = seen.header("Authorization");
    String token = authorization.startsWith("Bearer ") ? authorization.substring(7) : "";
    int status = revoked.contains(token) || !isSigned(token) ? 401 : 200;
    if (status == 200 && seen.uri().getPath().endsWith("/fails")) {
      status = 500;
    }
    Site.answer(exchange, status, "text/plain", ("seen " + token).getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isSigned(String token) {
    try {
      return SignedJWT.parse(token).verify(new MACVerifier(SIGNING_KEY));
    } catch (java.text.ParseException | JOSEException e) {
      return false;
    }
  }

  private void discovery(HttpExchange exchange) throws IOException {
    OIDCProviderMetadata metadata =
        new OIDCProviderMetadata(
            new Issuer(url("/realm")), List.of(SubjectType.PUBLIC), URI.create(url("/keys")));
    metadata.setTokenEndpointURI(URI.create(url(path)));
    byte[] content = metadata.toJSONObject().toString().getBytes(StandardCharsets.UTF_8);
    Site.answer(exchange, 200, "application/json", content);
  }

  @Override
  public void close() {
    site.close();
  }
}
