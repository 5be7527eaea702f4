package dev.capstan.worker.authentication;

import dev.capstan.worker.executor.TaskFault;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Goes without proof to be challenged, and answers the challenge once; again once when the nonce
 * was too old.
 */
final class DigestAuthorization implements Authorization {

  private final Policy.Digest credentials;
  private final String method;
  private final URI uri;
  private final byte[] body;
  private final Supplier<String> cnonces;
  private boolean answered;
  private boolean renewed;

  DigestAuthorization(
      Policy.Digest credentials, String method, URI uri, byte[] body, Supplier<String> cnonces) {
    this.credentials = credentials;
    this.method = method;
    this.uri = uri;
    this.body = body;
    this.cnonces = cnonces;
  }

  @Override
  public @Nullable String first() {
    return null;
  }

  @Override
  public String next(HttpHeaders refusal) {
    DigestChallenge challenge =
        DigestChallenge.firstOf(Challenge.of(refusal))
            .orElseThrow(() ->
                refused(
                    "was refused without a digest challenge that can be answered (MD5,"
                        + " SHA-256 or SHA-512-256, with qop auth or auth-int or without qop)"));
    if (answered && (!challenge.stale() || renewed)) {
      throw refused("was refused: the server does not take the digest of these credentials");
    }
    renewed = answered;
    answered = true;
    return new DigestResponse(challenge, credentials, method, target(), body, cnonces.get())
        .header();
  }

  private String target() {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  private TaskFault refused(String why) {
    return Refusals.of("Digest refused", method + " " + Refusals.shown(uri) + " " + why + ".");
  }
}
