package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An authentication policy (DSL reference, Authentication), everything in it evaluated. */
public sealed interface Policy {

  /**
   * Basic and bearer: every request has the same proof.
   *
   * @param authorization value of the Authorization header
   */
  record Fixed(String authorization) implements Policy {

    @Override
    public String toString() {
      return "a fixed authorization";
    }
  }

  /** Digest: the proof answers a challenge of the server. */
  record Digest(String username, String password) implements Policy {

    @Override
    public String toString() {
      return "digest authentication";
    }
  }

  /** OAuth 2 and OpenID Connect: the proof is a token that an authority hands out. */
  record Granted(TokenPolicy tokens) implements Policy {}

  /** Where errors say that a policy is. */
  String PATH = "endpoint.authentication";

  /**
   * Reads a policy and remembers what of it is secret; null when there is none.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code configuration} when it can't be
   *     used
   */
  static @Nullable Policy of(JsonNode policy, Secrets secrets) {
    if (policy.isMissingNode() || policy.isNull()) {
      return null;
    }
    for (var scheme : policy.properties()) {
      Fields fields = new Fields(scheme.getValue(), PATH + "." + scheme.getKey());
      if (fields.isMissing()) {
        continue;
      }
      switch (scheme.getKey()) {
        case "basic" -> {
          return basic(credentials(fields, secrets), secrets);
        }
        case "bearer" -> {
          String token = fields.text("token");
          secrets.add(token);
          return new Fixed("Bearer " + token);
        }
        case "digest" -> {
          return credentials(fields, secrets);
        }
        case "oauth2", "oidc" -> {
          TokenPolicy tokens = TokenPolicy.of(scheme.getKey().equals("oidc"), fields);
          tokens.secrets().forEach(secrets::add);
          return new Granted(tokens);
        }
        default -> {}
      }
    }
    throw Arguments.wrong(
        "'"
            + PATH
            + "' must have 'basic', 'bearer', 'digest', 'oauth2' or 'oidc' with an object; it has "
            + (policy.isObject() ? String.join(", ", names(policy)) : Arguments.shape(policy))
            + ".");
  }

  /** Basic authentication by the user information of a URI, which is {@code name:password}. */
  static Policy.Fixed ofUserInfo(String userInfo) {
    return new Fixed(
        "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8)));
  }

  private static Policy basic(Digest credentials, Secrets secrets) {
    String userInfo = credentials.username() + ":" + credentials.password();
    secrets.add(userInfo);
    return ofUserInfo(userInfo);
  }

  private static Digest credentials(Fields fields, Secrets secrets) {
    Digest credentials = new Digest(fields.text("username"), fields.text("password"));
    secrets.add(credentials.password());
    return credentials;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
