package dev.capstan.core.placement;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must be true of one label, or of one of a node's {@linkplain Candidate.Fact facts}. */
public sealed interface Condition {

  /** The value is one of these; numbers and booleans are compared as text. */
  record OneOf(List<String> values) implements Condition {
    public OneOf {
      values = List.copyOf(values);
    }
  }

  /** There is a value, or there is none. */
  record Exists(boolean wanted) implements Condition {}

  /** The value is a number between these, both included; null for no bound. */
  record Between(@Nullable BigDecimal least, @Nullable BigDecimal most) implements Condition {}

  /** Holds on no node: what was written is no condition. */
  record Never(String written) implements Condition {}

  /** All of these hold. */
  record All(List<Condition> parts) implements Condition {
    public All {
      parts = List.copyOf(parts);
    }
  }

  /**
   * Reads a value, an array of values, or an object with {@code is}, {@code exists}, {@code
   * atLeast} and {@code atMost}, of which all that are there must hold.
   */
  static Condition of(JsonNode written) {
    if (!written.isObject()) {
      return oneOf(written, written);
    }
    List<Condition> parts = new ArrayList<>();
    if (written.has("is")) {
      parts.add(oneOf(written.get("is"), written));
    }
    if (written.has("exists")) {
      JsonNode exists = written.get("exists");
      parts.add(exists.isBoolean() ? new Exists(exists.booleanValue()) : never(written));
    }
    if (written.has("atLeast") || written.has("atMost")) {
      parts.add(between(written.get("atLeast"), written.get("atMost"), written));
    }
    return switch (parts.size()) {
      case 0 -> never(written);
      case 1 -> parts.getFirst();
      default -> new All(parts);
    };
  }

  private static Condition oneOf(JsonNode values, JsonNode written) {
    boolean isValue = values.isValueNode() && !values.isNull();
    return isValue || values.isArray() ? new OneOf(texts(values)) : never(written);
  }

  private static Condition between(
      @Nullable JsonNode atLeast, @Nullable JsonNode atMost, JsonNode written) {
    BigDecimal least = atLeast == null ? null : Quantity.of(atLeast.asText());
    BigDecimal most = atMost == null ? null : Quantity.of(atMost.asText());
    boolean readable = (atLeast == null) == (least == null) && (atMost == null) == (most == null);
    return readable ? new Between(least, most) : never(written);
  }

  private static Condition never(JsonNode written) {
    return new Never(written.toString());
  }

  private static List<String> texts(JsonNode values) {
    if (!values.isArray()) {
      return List.of(values.asText());
    }
    List<String> texts = new ArrayList<>(values.size());
    values.forEach(value -> texts.add(value.asText()));
    return texts;
  }

  /** Whether it holds for a value; null for none. */
  default boolean holds(@Nullable String value) {
    return switch (this) {
      case OneOf(List<String> values) -> value != null && values.contains(value);
      case Exists(boolean wanted) -> wanted == (value != null);
      case Between between -> value != null && holds(between, Quantity.of(value));
      case All(List<Condition> parts) -> parts.stream().allMatch(part -> part.holds(value));
      case Never _ -> false;
    };
  }

  /** Whether it holds for an amount; 0 for none. */
  default boolean holds(long amount) {
    return switch (this) {
      case Between between -> amount != 0 && holds(between, BigDecimal.valueOf(amount));
      case All(List<Condition> parts) -> parts.stream().allMatch(part -> part.holds(amount));
      case OneOf _, Exists _, Never _ -> holds(amount == 0 ? null : Long.toString(amount));
    };
  }

  private static boolean holds(Between between, @Nullable BigDecimal value) {
    return value != null
        && (between.least == null || value.compareTo(between.least) >= 0)
        && (between.most == null || value.compareTo(between.most) <= 0);
  }

  /** For people, with the name of what it is about: {@code zone=a|b}, {@code cpu>=4}. */
  default String inWords(String name) {
    return switch (this) {
      case OneOf(List<String> values) -> name + "=" + String.join("|", values);
      case Exists(boolean wanted) -> wanted ? name : "no " + name;
      case Between(var least, var most) -> inWords(name, least, most);
      case All(List<Condition> parts) ->
          String.join(" and ", parts.stream().map(part -> part.inWords(name)).toList());
      case Never(String written) -> name + " (" + written + " is no condition)";
    };
  }

  private static String inWords(
      String name, @Nullable BigDecimal least, @Nullable BigDecimal most) {
    List<String> bounds = new ArrayList<>();
    if (least != null) {
      bounds.add(name + ">=" + least.toPlainString());
    }
    if (most != null) {
      bounds.add(name + "<=" + most.toPlainString());
    }
    return String.join(" and ", bounds);
  }
}
