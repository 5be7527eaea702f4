package dev.capstan.worker.authentication;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server wants to have digested (RFC 7616, section 3.3).
 *
 * @param algorithm as the server writes it; empty when it names none, which means MD5
 * @param hash the JDK's name of the hash function
 * @param session whether the hash of the credentials is bound to the nonces ({@code -sess})
 * @param qop what the answer vouches for, with a nonce of its own and a count; null goes by RFC
 *     2069
 * @param stale whether the credentials were right, but for a nonce that is too old
 * @param utf8 whether credentials are hashed as UTF-8
 * @param userhash whether the name is sent as a hash
 */
record DigestChallenge(
    String realm,
    String nonce,
    @Nullable String opaque,
    String algorithm,
    String hash,
    boolean session,
    @Nullable Protection qop,
    boolean stale,
    boolean utf8,
    boolean userhash) {

  /** What a digest protects (section 3.3, qop); of several the first one here is taken. */
  enum Protection {
    AUTH("auth"),
    AUTH_INT("auth-int");

    private final String token;

    Protection(String token) {
      this.token = token;
    }

    /** As it stands in headers. */
    String token() {
      return token;
    }

    /** The first one that the server offers; null when it offers none that is known. */
    private static @Nullable Protection of(String qop) {
      List<String> offered = List.of(COMMA.split(qop.strip().toLowerCase(Locale.ROOT)));
      for (Protection protection : values()) {
        if (offered.contains(protection.token)) {
          return protection;
        }
      }
      return null;
    }
  }

  private static final Map<String, String> HASHES =
      Map.of("MD5", "MD5", "SHA-256", "SHA-256", "SHA-512-256", "SHA-512/256");

  private static final String SESSION = "-SESS";

  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

  /** The first challenge that can be answered: servers name what they like best first. */
  static Optional<DigestChallenge> firstOf(List<Challenge> challenges) {
    return challenges.stream()
        .filter(challenge -> challenge.scheme().equals("digest"))
        .map(DigestChallenge::of)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<DigestChallenge> of(Challenge challenge) {
    String algorithm = challenge.parameter("algorithm");
    String name = algorithm.isEmpty() ? "MD5" : algorithm.toUpperCase(Locale.ROOT);
    boolean session = name.endsWith(SESSION);
    String hash = HASHES.get(session ? name.substring(0, name.length() - SESSION.length()) : name);
    String qop = challenge.parameter("qop");
    Protection protection = Protection.of(qop);
    boolean unknown = protection == null && !qop.isBlank();
    if (hash == null || challenge.parameter("nonce").isEmpty() || unknown) {
      return Optional.empty();
    }
    return Optional.of(
        new DigestChallenge(
            challenge.parameter("realm"),
            challenge.parameter("nonce"),
            challenge.parameters().get("opaque"),
            algorithm,
            hash,
            session,
            protection,
            challenge.parameter("stale").equalsIgnoreCase("true"),
            challenge.parameter("charset").equalsIgnoreCase("UTF-8"),
            challenge.parameter("userhash").equalsIgnoreCase("true")));
  }
}
