package dev.capstan.worker.authentication;

import org.jspecify.annotations.Nullable;

/**
 * The client that asks for tokens; its authentication has all that it needs.
 *
 * @param secret a password; with {@code private_key_jwt} a private key, PKCS #8 in PEM
 * @param assertion a JWT that proves who the client is, if the definition brings one
 */
record Client(
    @Nullable String id,
    @Nullable String secret,
    @Nullable String assertion,
    ClientAuthentication authentication) {

  /** Without {@code authentication} it is {@code client_secret_post} if there is a secret. */
  static Client of(Fields fields) {
    String secret = fields.optional("secret");
    ClientAuthentication authentication =
        fields.choice("authentication", ClientAuthentication.BY_NAME);
    if (authentication == null) {
      authentication =
          secret == null ? ClientAuthentication.NONE : ClientAuthentication.CLIENT_SECRET_POST;
    }
    Client client =
        new Client(fields.optional("id"), secret, fields.optional("assertion"), authentication);
    client.check(fields);
    return client;
  }

  private void check(Fields fields) {
    switch (authentication) {
      case CLIENT_SECRET_POST, CLIENT_SECRET_BASIC -> {
        fields.text("id");
        fields.text("secret");
      }
      case CLIENT_SECRET_JWT, PRIVATE_KEY_JWT -> {
        if (assertion == null) {
          fields.text("id");
          ClientAssertion.check(authentication, fields.text("secret"), fields);
        }
      }
      case NONE -> {}
    }
  }

  @Override
  public String toString() {
    return "client " + id;
  }
}
