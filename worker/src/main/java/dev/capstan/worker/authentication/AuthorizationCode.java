package dev.capstan.worker.authentication;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The code that an authority gave to a person's browser (RFC 6749, section 4.1). It is good for one
 * token.
 *
 * @param redirectUri where the browser was sent with it; null if the authority was not asked for
 *     that
 * @param codeVerifier what the code's challenge was made of (RFC 7636); null without a challenge
 */
record AuthorizationCode(String code, @Nullable String redirectUri, @Nullable String codeVerifier) {

  /** Where it stands in a policy. */
  static final String FIELD = "authorizationCode";

  /** RFC 7636, section 4.1. */
  private static final Pattern VERIFIER = Pattern.compile("[A-Za-z0-9._~-]{43,128}");

  static @Nullable AuthorizationCode of(Fields fields) {
    if (fields.isMissing()) {
      return null;
    }
    String verifier = fields.optional("codeVerifier");
    if (verifier != null && !VERIFIER.matcher(verifier).matches()) {
      throw fields.wrong(
          "codeVerifier", "must be 43 to 128 letters, digits and characters of -._~ (RFC 7636)");
    }
    return new AuthorizationCode(fields.text("code"), fields.optional("redirectUri"), verifier);
  }

  @Override
  public String toString() {
    return "an authorization code";
  }
}
