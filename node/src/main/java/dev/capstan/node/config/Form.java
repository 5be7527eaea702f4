package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.NearestName;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What values a key takes: as words for messages and the reference, and as a reader that reports
 * what does not fit.
 *
 * @param type in one or two words
 * @param allowed what is taken, as the end of "allowed: "
 */
record Form<T>(String type, String allowed, Reader<T> reader) {

  /** Empty when the value does not fit, which was reported then. */
  @FunctionalInterface
  interface Reader<T> {
    Optional<T> read(JsonNode value, Spot spot);
  }

  static Form<Boolean> flag() {
    String allowed = "true, false";
    return new Form<>(
        "flag",
        allowed,
        (value, spot) ->
            value.isBoolean()
                ? Optional.of(value.booleanValue())
                : spot.wrong("must be true or false", value, allowed));
  }

  static <E extends Enum<E>> Form<E> word(Class<E> type) {
    Map<String, E> words = new TreeMap<>();
    List<String> inOrder = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      words.put(word(constant), constant);
      inOrder.add(word(constant));
    }
    String allowed = String.join(", ", inOrder);
    return new Form<>(
        "word",
        allowed,
        (value, spot) -> {
          E found = value.isTextual() ? words.get(value.textValue()) : null;
          if (found != null) {
            return Optional.of(found);
          }
          String nearest = value.isTextual() ? NearestName.among(inOrder, value.textValue()) : null;
          return spot.wrong(
              "must be one of the allowed words",
              value,
              allowed + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?"));
        });
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static Form<Duration> time(Duration least, Duration most) {
    String allowed =
        Times.print(least) + " to " + Times.print(most) + ", such as 500ms, 10s, 2m, 1h or PT1M30S";
    return new Form<>(
        "time",
        allowed,
        (value, spot) -> {
          Optional<Duration> time =
              value.isTextual() ? Times.parse(value.textValue()) : Optional.empty();
          if (time.isEmpty()) {
            String unit = value.isNumber() ? "\nfix: add the unit: ms, s, m or h" : "";
            return spot.wrong("must be a time with its unit", value, allowed + unit);
          }
          boolean fits = time.get().compareTo(least) >= 0 && time.get().compareTo(most) <= 0;
          return fits ? time : spot.wrong("is out of range", value, allowed);
        });
  }

  static Form<Integer> whole(int least, int most) {
    String allowed = least + " to " + most;
    return new Form<>(
        "number",
        allowed,
        (value, spot) -> {
          if (!value.isIntegralNumber()) {
            return spot.wrong("must be a whole number", value, allowed);
          }
          BigInteger number = value.bigIntegerValue();
          boolean fits =
              number.compareTo(BigInteger.valueOf(least)) >= 0
                  && number.compareTo(BigInteger.valueOf(most)) <= 0;
          return fits
              ? Optional.of(number.intValueExact())
              : spot.wrong("is out of range", value, allowed);
        });
  }

  /** A text that {@code parse} understands. */
  static <T> Form<T> text(String type, String allowed, Function<String, Optional<T>> parse) {
    return new Form<>(
        type,
        allowed,
        (value, spot) -> {
          if (!value.isTextual()) {
            boolean scalar = value.isNumber() || value.isBoolean();
            return spot.wrong(
                "must be a text", value, allowed + (scalar ? "\nfix: put it in quotes" : ""));
          }
          Optional<T> parsed = parse.apply(value.textValue());
          return parsed.isPresent()
              ? parsed
              : spot.wrong("does not have the form of " + type, value, allowed);
        });
  }

  static Form<Path> path() {
    return text(
        "path",
        "a path; one that does not begin with / is taken from the working directory",
        text -> {
          try {
            return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text));
          } catch (InvalidPathException e) {
            return Optional.empty();
          }
        });
  }

  /** A list of up to {@code most} different values; every item that does not fit is reported. */
  static <T> Form<List<T>> list(Form<T> item, int most) {
    String allowed = "a list of up to " + most + "; each " + item.allowed();
    return new Form<>(
        "list of " + item.type(),
        allowed,
        (value, spot) -> {
          if (!value.isArray()) {
            return spot.wrong("must be a list", value, allowed);
          }
          if (value.size() > most) {
            return spot.tooMany(value.size(), allowed);
          }
          List<T> items = new ArrayList<>();
          for (int i = 0; i < value.size(); i++) {
            item.reader().read(value.get(i), spot.item(i)).ifPresent(items::add);
          }
          return items.size() == value.size()
              ? Optional.of(items.stream().distinct().toList())
              : Optional.empty();
        });
  }

  /** Names and texts; every one that does not fit is reported. */
  static Form<Map<String, String>> labels() {
    return map(
        Labels.ALLOWED,
        Labels.MOST,
        Labels::fault,
        text("label", Labels.ALLOWED, label -> Optional.of(label).filter(Labels::isValue)));
  }

  /**
   * Up to {@code most} names and texts; every one that does not fit is reported.
   *
   * @param fault what is wrong with a name; empty when nothing is
   */
  static Form<Map<String, String>> map(
      String allowed, int most, Function<String, Optional<String>> fault, Form<String> text) {
    return new Form<>(
        "map",
        allowed,
        (value, spot) -> {
          if (!value.isObject()) {
            return spot.wrong("must be a map", value, allowed);
          }
          if (value.size() > most) {
            return spot.tooMany(value.size(), allowed);
          }
          Map<String, String> map = new TreeMap<>();
          for (Map.Entry<String, JsonNode> entry : value.properties()) {
            Spot at = spot.member(entry.getKey());
            Optional<String> wrong = fault.apply(entry.getKey());
            wrong.ifPresent(what -> at.wrongKey(what, allowed));
            text.reader()
                .read(entry.getValue(), at)
                .filter(_ -> wrong.isEmpty())
                .ifPresent(v -> map.put(entry.getKey(), v));
          }
          return map.size() == value.size() ? Optional.of(map) : Optional.empty();
        });
  }
}
