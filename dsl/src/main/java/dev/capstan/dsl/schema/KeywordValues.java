package dev.capstan.dsl.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the values of keywords of JSON Schema that hold no schemas have to be. */
final class KeywordValues {
  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("maximum", Kind.NUMBER),
          Map.entry("minimum", Kind.NUMBER),
          Map.entry("multipleOf", Kind.POSITIVE),
          Map.entry("maxLength", Kind.COUNT),
          Map.entry("minLength", Kind.COUNT),
          Map.entry("maxItems", Kind.COUNT),
          Map.entry("minItems", Kind.COUNT),
          Map.entry("maxContains", Kind.COUNT),
          Map.entry("minContains", Kind.COUNT),
          Map.entry("maxProperties", Kind.COUNT),
          Map.entry("minProperties", Kind.COUNT),
          Map.entry("uniqueItems", Kind.TRUTH),
          Map.entry("$recursiveAnchor", Kind.TRUTH),
          Map.entry("enum", Kind.LIST),
          Map.entry("required", Kind.NAMES),
          Map.entry("dependentRequired", Kind.LISTS_OF_NAMES),
          Map.entry("dependencies", Kind.OBJECT),
          Map.entry("$id", Kind.TEXT),
          Map.entry("$anchor", Kind.TEXT),
          Map.entry("$dynamicAnchor", Kind.TEXT),
          Map.entry("$recursiveRef", Kind.TEXT),
          Map.entry("format", Kind.TEXT),
          Map.entry("contentEncoding", Kind.TEXT),
          Map.entry("contentMediaType", Kind.TEXT));

  private final boolean isDraft4;

  /** For schemas of a draft: some keywords have another meaning in the fourth. */
  KeywordValues(boolean isDraft4) {
    this.isDraft4 = isDraft4;
  }

  /** What is wrong with a keyword; null if nothing is, or its value may be anything. */
  @Nullable String problem(String keyword, JsonNode value) {
    if (keyword.equals("id") && !isDraft4) {
      return "\"id\" is a keyword of draft-04 alone: later ones say \"$id\"";
    }
    Kind kind =
        keyword.equals("exclusiveMaximum") || keyword.equals("exclusiveMinimum")
            ? (isDraft4 ? Kind.TRUTH : Kind.NUMBER)
            : KINDS.get(keyword);
    return kind == null || kind.takes(value) ? null : "\"" + keyword + "\" must be " + kind.words;
  }

  /** A kind of value, in the words of a message. */
  private enum Kind {
    NUMBER("a number"),
    POSITIVE("a number above 0"),
    COUNT("a whole number of at least 0"),
    TRUTH("true or false"),
    LIST("a list"),
    NAMES("a list of names"),
    LISTS_OF_NAMES("an object of lists of names"),
    OBJECT("an object"),
    TEXT("a text");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    private boolean takes(JsonNode value) {
      return switch (this) {
        case NUMBER -> value.isNumber();
        case POSITIVE -> value.isNumber() && value.doubleValue() > 0;
        case COUNT -> value.canConvertToExactIntegral() && value.doubleValue() >= 0;
        case TRUTH -> value.isBoolean();
        case LIST -> value.isArray();
        case NAMES -> areNames(value);
        case LISTS_OF_NAMES -> value.isObject() && value.valueStream().allMatch(Kind::areNames);
        case OBJECT -> value.isObject();
        case TEXT -> value.isTextual();
      };
    }

    private static boolean areNames(JsonNode value) {
      return value.isArray() && value.valueStream().allMatch(JsonNode::isTextual);
    }
  }
}
