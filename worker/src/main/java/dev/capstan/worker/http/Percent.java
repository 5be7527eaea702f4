package dev.capstan.worker.http;

import java.nio.charset.StandardCharsets;

/** Percent-encoding as RFC 3986 has it. */
public final class Percent {

  private static final String UNRESERVED = "-._~";

  private static final String LEGAL_IN_URI = UNRESERVED + ":/?#[]@!$&'()*+,;=%";

  private static final String HEX = "0123456789ABCDEF";

  private Percent() {}

  /** Everything but unreserved characters encoded: for a name or a value in a query. */
  public static String encode(String text) {
    return encode(text, UNRESERVED);
  }

  /** Only what no URI may contain encoded: for a URI that people wrote. */
  public static String lenient(String uri) {
    return encode(uri, LEGAL_IN_URI);
  }

  private static String encode(String text, String legal) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || legal.indexOf(c) >= 0)) {
        encoded.append(c);
      } else {
        encoded.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
      }
    }
    return encoded.toString();
  }
}
