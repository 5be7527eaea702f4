package dev.capstan.server.membership;

import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.SecretDigest;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.server.gateway.Principal;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose API key a caller shows, over HTTP and gRPC alike, as a bearer token (RFC 6750).
 * Intruders hear of those that are none. What is let in can be ended with its key: {@link
 * #recheck}. Any thread.
 */
public final class KeyDoor {
  private static final String SCHEME = "Bearer ";

  private final Roster roster;
  private final Intruders intruders;
  private final OpenCalls calls;

  /** What a caller turns out to be. */
  sealed interface Finding {
    /** It shows a key of the cluster. */
    record Known(ShownKey key) implements Finding {}

    /** This coordinator does not know the cluster's keys yet. */
    record NotYet() implements Finding {}

    /** It is not let in. */
    record Refused(KeyFault fault, String what) implements Finding {}
  }

  /** For the keys of a cluster. */
  public KeyDoor(Roster roster, Intruders intruders) {
    this.roster = roster;
    this.intruders = intruders;
    this.calls = new OpenCalls(roster);
  }

  /**
   * Whose key this is.
   *
   * @param authorization the header of this name; null or empty without one
   * @param from the address of the caller
   */
  Finding look(@Nullable String authorization, String from) {
    if (authorization == null || !isBearer(authorization)) {
      intruders.refused(KeyFault.MISSING, from, null);
      return new Finding.Refused(KeyFault.MISSING, KeyFault.MISSING.sentence());
    }
    ApiKey key;
    try {
      key = read(authorization);
    } catch (TokenFormatException e) {
      intruders.refused(KeyFault.MALFORMED, from, null);
      return new Finding.Refused(
          KeyFault.MALFORMED, KeyFault.MALFORMED.sentence() + ": " + e.getMessage());
    }
    ShownKey shown = known(key);
    if (shown != null) {
      return new Finding.Known(shown);
    }
    if (roster.isEmpty()) {
      return new Finding.NotYet();
    }
    intruders.refused(KeyFault.UNKNOWN, from, key.id());
    return new Finding.Refused(KeyFault.UNKNOWN, KeyFault.UNKNOWN.sentence());
  }

  /** The key in a header that has been looked at; null if it is the cluster's no more. */
  @Nullable ShownKey again(String authorization) {
    try {
      return isBearer(authorization) ? known(read(authorization)) : null;
    } catch (TokenFormatException e) {
      return null;
    }
  }

  private static boolean isBearer(String authorization) {
    return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  private static ApiKey read(String authorization) {
    return ApiKey.parse(authorization.substring(SCHEME.length()));
  }

  private @Nullable ShownKey known(ApiKey key) {
    SecretDigest digest = key.digest();
    Principal principal = roster.principal(key.id(), digest);
    return principal == null ? null : new ShownKey(key.id(), digest, principal);
  }

  /** What runs on keys. */
  OpenCalls calls() {
    return calls;
  }

  /**
   * Ends what runs on keys that are the cluster's no more, or have another role. To be called after
   * each change of the roster; never waits.
   */
  public void recheck() {
    calls.recheck();
  }
}
