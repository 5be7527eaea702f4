package dev.capstan.worker.authentication;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a challenge (RFC 7616, section 3.4).
 *
 * @param target path and query as they are sent
 * @param body what is sent; empty when nothing is
 * @param cnonce chance of the client's side
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DigestResponse(
    DigestChallenge challenge,
    Policy.Digest credentials,
    String method,
    String target,
    byte[] body,
    String cnonce) {

  /** Every nonce is used once: the next request is challenged again. */
  private static final String COUNT = "00000001";

  /** The last of the characters that every server reads in a header. */
  private static final int LAST_ASCII = 0x7e;

  /** The value of the Authorization header. */
  String header() {
    List<String> parameters = new ArrayList<>();
    parameters.add(username());
    parameters.add(quoted("realm", challenge.realm()));
    parameters.add(quoted("nonce", challenge.nonce()));
    parameters.add(quoted("uri", target));
    parameters.add(quoted("response", response()));
    if (!challenge.algorithm().isEmpty()) {
      parameters.add("algorithm=" + challenge.algorithm());
    }
    if (challenge.opaque() != null) {
      parameters.add(quoted("opaque", challenge.opaque()));
    }
    if (challenge.qop() != null) {
      parameters.add("qop=" + challenge.qop().token());
      parameters.add("nc=" + COUNT);
    }
    if (challenge.qop() != null || challenge.session()) {
      parameters.add(quoted("cnonce", cnonce));
    }
    if (challenge.userhash()) {
      parameters.add("userhash=true");
    }
    return "Digest " + String.join(", ", parameters);
  }

  /** The proof itself. */
  String response() {
    String secret =
        hash(credentials.username() + ":" + challenge.realm() + ":" + credentials.password());
    if (challenge.session()) {
      secret = hash(secret + ":" + challenge.nonce() + ":" + cnonce);
    }
    DigestChallenge.Protection qop = challenge.qop();
    String nonces =
        qop == null
            ? challenge.nonce()
            : challenge.nonce() + ":" + COUNT + ":" + cnonce + ":" + qop.token();
    return hash(secret + ":" + nonces + ":" + hash(request(qop)));
  }

  /** Section 3.4.3. */
  private String request(DigestChallenge.@Nullable Protection qop) {
    String request = method + ":" + target;
    return switch (qop) {
      case AUTH_INT -> request + ":" + hash(body);
      case AUTH -> request;
      case null -> request;
    };
  }

  private String username() {
    if (challenge.userhash()) {
      return quoted("username", hash(credentials.username() + ":" + challenge.realm()));
    }
    if (credentials.username().chars().allMatch(c -> c >= ' ' && c <= LAST_ASCII)) {
      return quoted("username", credentials.username());
    }
    return "username*=UTF-8''" + Secrets.percent(credentials.username());
  }

  private String hash(String text) {
    Charset charset =
        challenge.utf8() || !StandardCharsets.ISO_8859_1.newEncoder().canEncode(text)
            ? StandardCharsets.UTF_8
            : StandardCharsets.ISO_8859_1;
    return hash(text.getBytes(charset));
  }

  private String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(challenge.hash()).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + challenge.hash(), e);
    }
  }

  private static String quoted(String name, String value) {
    return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
