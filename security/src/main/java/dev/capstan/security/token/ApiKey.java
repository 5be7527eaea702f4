package dev.capstan.security.token;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * What a person or a service shows instead of a password: {@code capk_<id>_<secret>}, with five
 * bytes behind the secret that find typing errors (and keys in places where none should be).
 * Servers store the id and the digest.
 *
 * <p>Never printed by {@link #toString}. Immutable.
 */
public final class ApiKey {
  private static final String HEAD = "capk";
  private static final int ID_BYTES = 10;
  private static final int CHECK_BYTES = 5;
  private static final int ID_CHARACTERS = Base32.characters(ID_BYTES);
  private static final int SECRET_CHARACTERS = Base32.characters(Secret.BYTES + CHECK_BYTES);
  private static final int PARTS = 3;

  private final String id;
  private final Secret secret;

  private ApiKey(String id, Secret secret) {
    this.id = id;
    this.secret = secret;
  }

  /** A key that never was before. */
  public static ApiKey fresh(SecureRandom random) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return new ApiKey(Base32.encode(id), Secret.fresh(random));
  }

  /**
   * The key with this text; white space around it doesn't count.
   *
   * @throws TokenFormatException if it is none; the message says what is wrong and shows nothing of
   *     the secret
   */
  public static ApiKey parse(String text) {
    List<String> parts = List.of(text.strip().split("_", -1));
    if (!parts.getFirst().equals(HEAD)) {
      throw new TokenFormatException(
          parts.getFirst().startsWith("capjoin")
              ? "This is a join token; an API key is wanted, which begins with capk_"
              : "An API key begins with capk_ and this text doesn't; copy all of it");
    }
    if (parts.size() != PARTS) {
      throw new TokenFormatException(
          "An API key has 3 parts with _ between them, this text has "
              + parts.size()
              + (parts.size() < PARTS ? ": it is cut off; copy all of it" : "; copy it again"));
    }
    String id = parts.get(1);
    TokenText.part("the API key's id", id, ID_CHARACTERS);
    TokenText.part("the API key's secret", parts.get(2), SECRET_CHARACTERS);
    byte[] tail = Base32.decode(parts.get(2));
    Secret secret = Secret.parse(Base32.encode(Arrays.copyOf(tail, Secret.BYTES)));
    byte[] check = Arrays.copyOfRange(tail, Secret.BYTES, tail.length);
    if (!Arrays.equals(check, check(id, secret))) {
      throw new TokenFormatException("The API key has a typing error; copy it again");
    }
    return new ApiKey(id, secret);
  }

  private static byte[] check(String id, Secret secret) {
    return TokenText.check(HEAD + "_" + id + "_", secret.bytes(), CHECK_BYTES);
  }

  /** Names the key; not secret. 16 characters. */
  public String id() {
    return id;
  }

  /** What a server stores; {@link SecretDigest#matches} compares it. */
  public SecretDigest digest() {
    return secret.digest();
  }

  /** The whole text, secret included: to be shown once, to whom it belongs. */
  public String text() {
    return HEAD + "_" + id + "_" + Base32.encode(TokenText.join(secret.bytes(), check(id, secret)));
  }

  @Override
  public String toString() {
    return "ApiKey[id=" + id + ", secret hidden]";
  }
}
