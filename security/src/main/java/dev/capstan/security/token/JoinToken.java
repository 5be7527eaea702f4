package dev.capstan.security.token;

import dev.capstan.security.identity.Pin;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a person gives a new node so that it may join: {@code capjoin1.<id>.<secret>.<pin>} in one
 * line of {@value #LENGTH} characters. The pin lets the node check the cluster before it sends the
 * secret; the secret lets the cluster check the node. Three bytes behind the pin find typing errors
 * before they count as a wrong guess.
 *
 * <p>Never printed by {@link #toString}. Immutable.
 */
public final class JoinToken {
  /** The length of every token's text. */
  public static final int LENGTH = 107;

  private static final String HEAD = "capjoin1";
  private static final Pattern ANY_VERSION = Pattern.compile("capjoin(\\d{1,9})");
  private static final int ID_BYTES = 5;
  private static final int CHECK_BYTES = 3;
  private static final int ID_CHARACTERS = Base32.characters(ID_BYTES);
  private static final int PIN_CHARACTERS = Base32.characters(Pin.BYTES + CHECK_BYTES);
  private static final int PARTS = 4;

  private final String id;
  private final Secret secret;
  private final Pin pin;

  private JoinToken(String id, Secret secret, Pin pin) {
    this.id = id;
    this.secret = secret;
    this.pin = pin;
  }

  /** A token that never was before, for the cluster whose authority for nodes has this pin. */
  public static JoinToken fresh(SecureRandom random, Pin pin) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return new JoinToken(Base32.encode(id), Secret.fresh(random), pin);
  }

  /**
   * The token with this text; white space around it doesn't count.
   *
   * @throws TokenFormatException if it is none; the message says what is wrong and shows nothing of
   *     the secret
   */
  public static JoinToken parse(String text) {
    List<String> parts = List.of(text.strip().split("\\.", -1));
    head(parts.getFirst());
    if (parts.size() != PARTS) {
      throw new TokenFormatException(
          "A join token has 4 parts with dots between them, this text has "
              + parts.size()
              + (parts.size() < PARTS ? ": it is cut off; copy all of it" : "; copy it again"));
    }
    String id = parts.get(1);
    TokenText.part("the join token's id", id, ID_CHARACTERS);
    TokenText.part("the join token's secret", parts.get(2), Secret.CHARACTERS);
    TokenText.part("the join token's pin", parts.get(3), PIN_CHARACTERS);
    Secret secret = Secret.parse(parts.get(2));
    byte[] tail = Base32.decode(parts.get(3));
    Pin pin = Pin.of(Arrays.copyOf(tail, Pin.BYTES));
    byte[] check = Arrays.copyOfRange(tail, Pin.BYTES, tail.length);
    if (!Arrays.equals(check, check(id, secret, pin))) {
      throw new TokenFormatException(
          "The join token has a typing error: its parts don't belong together; copy it again");
    }
    return new JoinToken(id, secret, pin);
  }

  private static void head(String head) {
    if (head.equals(HEAD)) {
      return;
    }
    Matcher version = ANY_VERSION.matcher(head);
    if (version.matches()) {
      throw new TokenFormatException(
          "The join token is of version "
              + version.group(1)
              + ", and this program knows version 1: use the version of Capstan that the cluster"
              + " has");
    }
    throw new TokenFormatException(
        head.startsWith("capk_")
            ? "This is an API key; a join token is wanted, which begins with capjoin1."
            : "A join token begins with capjoin1. and this text doesn't; copy all of it");
  }

  private static byte[] check(String id, Secret secret, Pin pin) {
    return TokenText.check(
        HEAD + "." + id + ".", TokenText.join(secret.bytes(), pin.bytes()), CHECK_BYTES);
  }

  /** Names the token; not secret. 8 characters. */
  public String id() {
    return id;
  }

  /** To be sent to a server whose authority has the {@link #pin}, and to nobody else. */
  public Secret secret() {
    return secret;
  }

  /** The key of the authority that signed the certificates of the cluster's coordinators. */
  public Pin pin() {
    return pin;
  }

  /** The whole text, secret included: to be shown once, to the person who asked for it. */
  public String text() {
    return HEAD
        + "."
        + id
        + "."
        + secret.text()
        + "."
        + Base32.encode(TokenText.join(pin.bytes(), check(id, secret, pin)));
  }

  @Override
  public String toString() {
    return "JoinToken[id=" + id + ", secret hidden]";
  }
}
