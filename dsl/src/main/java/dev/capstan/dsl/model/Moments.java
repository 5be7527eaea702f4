package dev.capstan.dsl.model;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Reads moments of RFC 3339, which has years of four digits. */
public final class Moments {
  private static final int LAST_YEAR = 9999;

  private Moments() {}

  /** The moment that {@code text} names; null when it names none. */
  public static @Nullable Instant parse(String text) {
    try {
      OffsetDateTime moment = OffsetDateTime.parse(text);
      boolean hasFourDigits = moment.getYear() >= 0 && moment.getYear() <= LAST_YEAR;
      return hasFourDigits ? moment.toInstant() : null;
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
