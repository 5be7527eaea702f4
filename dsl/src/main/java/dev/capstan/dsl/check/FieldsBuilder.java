package dev.capstan.dsl.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds {@link Shape.Fields}. */
final class FieldsBuilder {
  private final String noun;
  private final Map<String, Shape.Field> fields = new LinkedHashMap<>();
  private final List<List<String>> exactlyOne = new ArrayList<>();
  private final List<String> atMostOne = new ArrayList<>();
  private final Map<String, String> needs = new LinkedHashMap<>();
  private Shape.Others others = Shape.Others.REFUSED;
  private int least;

  private FieldsBuilder(String noun) {
    this.noun = noun;
  }

  static FieldsBuilder object(String noun) {
    return new FieldsBuilder(noun);
  }

  FieldsBuilder required(String name, Shape shape) {
    return field(name, shape, true, null);
  }

  FieldsBuilder optional(String name, Shape shape) {
    return field(name, shape, false, null);
  }

  FieldsBuilder required(String name, Shape shape, Context.Step step) {
    return field(name, shape, true, step);
  }

  FieldsBuilder optional(String name, Shape shape, Context.Step step) {
    return field(name, shape, false, step);
  }

  FieldsBuilder all(Shape.Fields other) {
    fields.putAll(other.fields());
    return this;
  }

  FieldsBuilder exactlyOne(String... names) {
    exactlyOne.add(List.of(names));
    return this;
  }

  FieldsBuilder atMostOne(String... names) {
    atMostOne.addAll(List.of(names));
    return this;
  }

  FieldsBuilder needs(String name, String other) {
    needs.put(name, other);
    return this;
  }

  FieldsBuilder others(Shape.Others kind) {
    others = kind;
    return this;
  }

  FieldsBuilder atLeast(int properties) {
    least = properties;
    return this;
  }

  Shape.Fields build() {
    return new Shape.Fields(
        noun,
        new LinkedHashMap<>(fields),
        others,
        List.copyOf(exactlyOne),
        List.copyOf(atMostOne),
        new LinkedHashMap<>(needs),
        least);
  }

  private FieldsBuilder field(
      String name, Shape shape, boolean required, Context.@Nullable Step step) {
    fields.put(name, new Shape.Field(shape, required, step));
    return this;
  }
}
