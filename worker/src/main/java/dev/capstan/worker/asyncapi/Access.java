package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.authentication.Authenticator;
import dev.capstan.worker.authentication.Policy;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Arguments;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The credentials of a call: those that its authentication policy stands for. */
final class Access {

  private static final String BASIC = "Basic ";

  private static final String BEARER = "Bearer ";

  private static final byte[] NOTHING = {};

  private Access() {}

  /**
   * The credentials, null for none; waits for an authority where tokens come from one.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when the policy is
   *     one that answers challenges, {@code authentication} when there is no token
   */
  static @Nullable Credentials of(
      JsonNode authentication, Secrets secrets, Authenticator authenticator, URI server)
      throws InterruptedException {
    Policy policy = Policy.of(authentication, secrets);
    if (policy instanceof Policy.Digest) {
      throw Arguments.wrong(
          "'authentication.digest' answers challenges, which messages do not meet; use basic,"
              + " bearer, oauth2 or oidc.");
    }
    String proof = authenticator.of(policy, "POST", server, NOTHING).first();
    if (proof == null) {
      return null;
    }
    if (proof.startsWith(BASIC)) {
      return basic(proof.substring(BASIC.length()));
    }
    String token = proof.startsWith(BEARER) ? proof.substring(BEARER.length()) : proof;
    secrets.add(token);
    return new Credentials.Bearer(token);
  }

  private static Credentials basic(String encoded) {
    String user = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    int colon = user.indexOf(':');
    return new Credentials.Basic(
        colon < 0 ? user : user.substring(0, colon), colon < 0 ? "" : user.substring(colon + 1));
  }
}
