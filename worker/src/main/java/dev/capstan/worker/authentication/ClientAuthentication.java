package dev.capstan.worker.authentication;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How a client proves to a token endpoint who it is (OpenID Connect Core, section 9). */
enum ClientAuthentication {
  CLIENT_SECRET_POST,
  CLIENT_SECRET_BASIC,
  CLIENT_SECRET_JWT,
  PRIVATE_KEY_JWT,
  NONE;

  static final Map<String, ClientAuthentication> BY_NAME = byName();

  private static Map<String, ClientAuthentication> byName() {
    Map<String, ClientAuthentication> methods = new LinkedHashMap<>();
    for (ClientAuthentication method : values()) {
      methods.put(method.name().toLowerCase(Locale.ROOT), method);
    }
    return methods;
  }
}
