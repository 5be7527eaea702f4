package dev.capstan.dsl.source;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places of one value and of all values below it: a tree beside the tree of values. Packed,
 * because every definition pays for it and few need it.
 */
final class Marks {
  private final long value;
  private final long key;
  private final @Nullable Map<String, Marks> fields;
  private final @Nullable List<Marks> items;

  private Marks(
      long value, long key, @Nullable Map<String, Marks> fields, @Nullable List<Marks> items) {
    this.value = value;
    this.key = key;
    this.fields = fields;
    this.items = items;
  }

  static Marks ofScalar(long value) {
    return new Marks(value, value, null, null);
  }

  static Marks ofObject(long value, Map<String, Marks> fields) {
    return new Marks(value, value, new LinkedHashMap<>(fields), null);
  }

  static Marks ofList(long value, List<Marks> items) {
    return new Marks(value, value, null, List.copyOf(items));
  }

  /** The same values under a key. */
  Marks withKey(long position) {
    return new Marks(value, position, fields, items);
  }

  /** The same values at the place of an alias. */
  Marks movedTo(long position) {
    return new Marks(position, position, fields, items);
  }

  @Nullable Marks child(String step) {
    if (fields != null) {
      return fields.get(step);
    }
    if (items == null || step.isEmpty() || step.length() > 9) {
      return null;
    }
    for (int i = 0; i < step.length(); i++) {
      if (step.charAt(i) < '0' || step.charAt(i) > '9') {
        return null;
      }
    }
    int index = Integer.parseInt(step);
    return index < items.size() ? items.get(index) : null;
  }

  Position valuePosition() {
    return unpack(value);
  }

  Position keyPosition() {
    return unpack(key);
  }

  static long pack(int line, int column) {
    return (long) line << 32 | column;
  }

  private static Position unpack(long packed) {
    return new Position((int) (packed >> 32), (int) packed);
  }
}
