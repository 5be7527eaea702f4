package dev.capstan.verify.simulation;

import java.util.EnumMap;
import java.util.Map;

/** How often each thing happened in a run, and how often it bit. */
final class Tally {
  private final Map<Happening, Long> happened = new EnumMap<>(Happening.class);
  private final Map<Happening, Long> bitten = new EnumMap<>(Happening.class);

  /** It was done; whether it mattered is not known yet. */
  void happened(Happening what) {
    happened.merge(what, 1L, Long::sum);
  }

  /** It mattered. */
  void bit(Happening what) {
    bitten.merge(what, 1L, Long::sum);
  }

  /** It was done, and mattered or not. */
  void happened(Happening what, boolean bit) {
    happened(what);
    if (bit) {
      bit(what);
    }
  }

  /** How often something mattered. */
  long bites(Happening what) {
    return bitten.getOrDefault(what, 0L);
  }

  void add(Tally other) {
    other.happened.forEach((what, count) -> happened.merge(what, count, Long::sum));
    other.bitten.forEach((what, count) -> bitten.merge(what, count, Long::sum));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Happening what : Happening.values()) {
      text.append(
          "%-26s %8d times, %8d bit%n"
              .formatted(
                  what.name().toLowerCase(java.util.Locale.ROOT),
                  happened.getOrDefault(what, bites(what)),
                  bites(what)));
    }
    return text.toString();
  }
}
