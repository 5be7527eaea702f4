package dev.capstan.server.boot;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.config.Secrets;
import dev.capstan.node.env.StartupRefusal;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The headers that the sink of life-cycle events is to be sent, from the coordinator's secrets. */
final class SinkSecrets {
  private static final Pattern TOKEN = Pattern.compile("[!-~]{1,8192}");

  /** RFC 9110, section 5.5, without what is obsolete. */
  private static final Pattern VALUE = Pattern.compile("[!-~](?:[ -~]{0,8190}[!-~])?");

  private final Secrets secrets;

  SinkSecrets(Secrets secrets) {
    this.secrets = secrets;
  }

  /**
   * All of them, by name.
   *
   * @throws StartupRefusal when a secret is not there, or can't be sent; its words have no value
   */
  Map<String, String> headers(NodeConfig.LifecycleEvents wanted) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    wanted
        .headerSecrets()
        .forEach((name, secret) ->
            headers.put(
                name, text("header_secrets." + name, secret, VALUE, "no text for a header")));
    String token = wanted.tokenSecret();
    if (token != null) {
      headers.put("Authorization", "Bearer " + text("token_secret", token, TOKEN, "no token"));
    }
    return headers;
  }

  private String text(String key, String secret, Pattern form, String other) {
    JsonNode value = secrets.get(secret);
    if (value == null || !value.isTextual() || !form.matcher(value.textValue()).matches()) {
      throw new StartupRefusal(
          StartupRefusal.Code.CONFIGURATION_INVALID,
          "lifecycle_events."
              + key
              + " names the secret "
              + secret
              + ", which "
              + (value == null ? "is not there" : "is " + other),
          "The sink would refuse every life-cycle event",
          "put a text of visible ASCII characters under this name into the file of secrets, or remove the key",
          null);
    }
    return value.textValue();
  }
}
