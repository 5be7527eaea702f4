package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.ByProperty;
import dev.capstan.dsl.check.Shape.Choice;
import dev.capstan.dsl.check.Shape.Fields;
import dev.capstan.dsl.check.Shape.ListOf;
import dev.capstan.dsl.check.Shape.Others;
import dev.capstan.dsl.check.Shape.Text;
import java.util.List;

/** The part of the grammar about authentication policies. */
final class Authentication {
  private Authentication() {}

  /** The grant that takes a code which the calling task has. */
  static final String AUTHORIZATION_CODE = "authorization_code";

  private static final Shape TEXT = new Text(TextRole.VALUE);
  private static final Shape TEXTS = new ListOf("a list of texts", TEXT, 0);

  private static final Shape SECRET =
      object("a policy that uses a secret").required("use", new Text(TextRole.SECRET)).build();

  private static final Shape CREDENTIALS =
      orSecret(object("credentials").required("username", TEXT).required("password", TEXT).build());

  private static final Shape BEARER = orSecret(object("bearer").required("token", TEXT).build());

  private static final Shape TOKEN =
      object("a token").required("token", TEXT).required("type", TEXT).build();

  private static final Shape ENDPOINTS =
      object("endpoints")
          .optional("token", TEXT)
          .optional("revocation", TEXT)
          .optional("introspection", TEXT)
          .others(Others.IGNORED)
          .build();

  private static final Fields OIDC =
      object("an OAuth policy")
          .required("authority", new Text(TextRole.LITERAL_URI))
          .required(
              "grant",
              new Choice(
                  List.of(
                      AUTHORIZATION_CODE,
                      "client_credentials",
                      "password",
                      "refresh_token",
                      "urn:ietf:params:oauth:grant-type:token-exchange")))
          .optional(
              "client",
              object("client")
                  .optional("id", TEXT)
                  .optional("secret", TEXT)
                  .optional("assertion", TEXT)
                  .optional(
                      "authentication",
                      new Choice(
                          List.of(
                              "client_secret_basic",
                              "client_secret_post",
                              "client_secret_jwt",
                              "private_key_jwt",
                              "none")))
                  .build())
          .optional(
              "request",
              object("request")
                  .optional(
                      "encoding",
                      new Choice(List.of("application/x-www-form-urlencoded", "application/json")))
                  .others(Others.IGNORED)
                  .build())
          .optional("issuers", TEXTS)
          .optional("scopes", TEXTS)
          .optional("audiences", TEXTS)
          .optional("username", TEXT)
          .optional("password", TEXT)
          .optional("subject", TOKEN)
          .optional("actor", TOKEN)
          .build();

  private static final Fields OAUTH2 =
      object("an OAuth policy").all(OIDC).optional("endpoints", ENDPOINTS).build();

  /** A policy under {@code use.authentications}. */
  static final Shape POLICY = policy().others(Others.IGNORED).build();

  /** A policy where it is used: in place, or {@code use} with the name of one. */
  static final Shape REFERENCEABLE =
      new ByProperty(
          "use",
          object("authentication").required("use", new Text(TextRole.POLICY)).build(),
          policy().build());

  private static FieldsBuilder policy() {
    return object("an authentication policy")
        .optional("basic", CREDENTIALS)
        .optional("bearer", BEARER)
        .optional("digest", CREDENTIALS)
        .optional("oauth2", orSecret(OAUTH2))
        .optional("oidc", orSecret(OIDC))
        .exactlyOne("basic", "bearer", "digest", "oauth2", "oidc");
  }

  private static Shape orSecret(Fields inline) {
    return new ByProperty("use", SECRET, inline);
  }
}
