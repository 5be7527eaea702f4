package dev.capstan.cli.migration;

import dev.capstan.cli.terminal.CliFailure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of all executions, picked by their ids alone: the same ones whenever it is asked, and a
 * larger share has all those of a smaller one.
 *
 * @param hundredths of a percent, 1 to 10,000
 */
public record Share(int hundredths) {
  /** Everything. */
  public static final Share ALL = new Share(10_000);

  private static final Pattern FORM = Pattern.compile("(\\d{1,3})(?:\\.(\\d{1,2}))?\\s*%");

  /**
   * Reads {@code 10%} or {@code 0.5%}.
   *
   * @throws CliFailure if the text is no share
   */
  public static Share parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    int hundredths = 0;
    if (matcher.matches()) {
      String parts = matcher.group(2) == null ? "" : matcher.group(2);
      hundredths =
          Integer.parseInt(matcher.group(1)) * 100
              + Integer.parseInt(parts + "0".repeat(2 - parts.length()));
    }
    if (hundredths < 1 || hundredths > ALL.hundredths) {
      throw CliFailure.misuse(
          "\"" + text + "\" is no share", "from 0.01% to 100%, such as --share 10%");
    }
    return new Share(hundredths);
  }

  /** Whether the execution of this id is in it. */
  public boolean has(String execution) {
    if (hundredths == ALL.hundredths) {
      return true;
    }
    byte[] digest = sha256().digest(execution.getBytes(StandardCharsets.UTF_8));
    long number = 0;
    for (int i = 0; i < 4; i++) {
      number = (number << 8) | (digest[i] & 0xff);
    }
    return number % ALL.hundredths < hundredths;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
