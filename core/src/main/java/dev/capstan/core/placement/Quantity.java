package dev.capstan.core.placement;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers with or without a unit of bytes, such as {@code 4}, {@code 0.5} or {@code 8GiB}. */
final class Quantity {
  private static final Pattern FORM =
      Pattern.compile("(-?\\d{1,18}(?:\\.\\d{1,9})?) ?([kKMGT]i?B)?");
  private static final Map<String, Long> UNITS = units();

  private Quantity() {}

  private static Map<String, Long> units() {
    Map<String, Long> units = new LinkedHashMap<>();
    units.put("kB", 1_000L);
    units.put("KB", 1_000L);
    units.put("MB", 1_000_000L);
    units.put("GB", 1_000_000_000L);
    units.put("TB", 1_000_000_000_000L);
    units.put("kiB", 1L << 10);
    units.put("KiB", 1L << 10);
    units.put("MiB", 1L << 20);
    units.put("GiB", 1L << 30);
    units.put("TiB", 1L << 40);
    return units;
  }

  /** The number that a text says; null when it says none. */
  static @Nullable BigDecimal of(String text) {
    if (isShortWhole(text)) {
      return BigDecimal.valueOf(Integer.parseInt(text));
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    BigDecimal number = new BigDecimal(matcher.group(1));
    Long unit = matcher.group(2) == null ? null : UNITS.get(matcher.group(2));
    return unit == null ? number : number.multiply(BigDecimal.valueOf(unit));
  }

  /** Most labels with numbers are like this, and each placement looks at many. */
  private static boolean isShortWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= 9;
  }
}
