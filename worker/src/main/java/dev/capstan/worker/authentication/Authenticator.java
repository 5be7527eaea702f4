package dev.capstan.worker.authentication;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Proves who sends the requests of a node. Safe for concurrent use. */
public final class Authenticator {

  private static final int CNONCE_BYTES = 16;

  private final AccessTokens tokens;
  private final SecureRandom chance = new SecureRandom();

  /** One that has its tokens from these servers. */
  public Authenticator(TokenServer servers) {
    this.tokens =
        new AccessTokens(
            new Authority(servers, InstantSource.system()),
            System::nanoTime,
            AccessTokens.PATIENCE);
  }

  /**
   * The proof for one request, by its policy.
   *
   * @param body what is sent, which a digest may vouch for, too; empty when nothing is
   */
  public Authorization of(@Nullable Policy policy, String method, URI uri, byte[] body) {
    return switch (policy) {
      case null -> fixed(null);
      case Policy.Fixed fixed -> fixed(fixed.authorization());
      case Policy.Digest digest -> new DigestAuthorization(digest, method, uri, body, this::cnonce);
      case Policy.Granted granted -> new TokenAuthorization(tokens, granted.tokens());
    };
  }

  /** The Authorization header that can be told without asking anyone; null when there is none. */
  public @Nullable String known(@Nullable Policy policy) {
    return switch (policy) {
      case null -> null;
      case Policy.Fixed fixed -> fixed.authorization();
      case Policy.Digest _ -> null;
      case Policy.Granted granted -> {
        AccessToken token = tokens.known(granted.tokens());
        yield token == null ? null : token.authorization();
      }
    };
  }

  private String cnonce() {
    byte[] bytes = new byte[CNONCE_BYTES];
    chance.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static Authorization fixed(@Nullable String authorization) {
    return new Authorization() {
      @Override
      public @Nullable String first() {
        return authorization;
      }

      @Override
      public @Nullable String next(HttpHeaders refusal) {
        return null;
      }
    };
  }
}
