package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;

/** Built-in functions on strings. */
final class Strings {
  private static final int REPLACEMENT = 0xFFFD;

  private Strings() {}

  static void register(Map<String, Builtin> all) {
    all.put("tostring/0", (run, in, args) -> toText(run, in));
    all.put("tojson/0", (run, in, args) -> TextNode.valueOf(JsonText.write(run, in)));
    all.put(
        "fromjson/0",
        (run, in, args) -> JsonReader.read(run, Types.text(in, "only strings can be parsed")));
    all.put("tonumber/0", (run, in, args) -> toNumber(run, in));
    all.put("ascii_downcase/0", (run, in, args) -> mapAscii(run, in, 'A', 'Z', 32));
    all.put("ascii_upcase/0", (run, in, args) -> mapAscii(run, in, 'a', 'z', -32));
    all.put("explode/0", (run, in, args) -> explode(run, in));
    all.put("implode/0", (run, in, args) -> implode(run, in));
    all.put("utf8bytelength/0", (run, in, args) -> utf8ByteLength(run, in));
    all.put("startswith/1", (run, in, args) -> startsOrEnds(run, in, args[0], true));
    all.put("endswith/1", (run, in, args) -> startsOrEnds(run, in, args[0], false));
    all.put("ltrimstr/1", (run, in, args) -> trimPart(run, in, args[0], true, false));
    all.put("rtrimstr/1", (run, in, args) -> trimPart(run, in, args[0], false, true));
    all.put("trimstr/1", (run, in, args) -> trimPart(run, in, args[0], true, true));
    all.put("trim/0", (run, in, args) -> trim(run, in, true, true));
    all.put("ltrim/0", (run, in, args) -> trim(run, in, true, false));
    all.put("rtrim/0", (run, in, args) -> trim(run, in, false, true));
    all.put("split/1", (run, in, args) -> splitBy(run, in, args[0]));
    all.put("join/1", (run, in, args) -> join(run, in, args[0]));
  }

  static JsonNode text(Run run, String text) {
    run.allocate(text.length());
    return TextNode.valueOf(text);
  }

  static JsonNode toText(Run run, JsonNode value) {
    return value.isTextual() ? value : TextNode.valueOf(JsonText.write(run, value));
  }

  private static JsonNode toNumber(Run run, JsonNode value) {
    if (Types.isNumber(value)) {
      return value;
    }
    String text = Types.text(value, "cannot be parsed as a number");
    JsonNode number = JsonReader.number(run, text);
    if (number == null) {
      throw Types.error(value, "cannot be parsed as a number");
    }
    return number;
  }

  private static JsonNode mapAscii(Run run, JsonNode in, char from, char to, int shift) {
    String text = Types.text(in, "cannot be converted, as it is not a string");
    run.allocate(text.length());
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] >= from && chars[i] <= to) {
        chars[i] += (char) shift;
      }
    }
    return TextNode.valueOf(new String(chars));
  }

  private static JsonNode explode(Run run, JsonNode in) {
    if (!in.isTextual()) {
      throw JqException.error("explode input must be a string");
    }
    String text = in.textValue();
    run.allocate(text.length());
    ArrayNode codePoints = JsonNodeFactory.instance.arrayNode(text.length());
    text.codePoints().forEach(c -> codePoints.add(Num.of(isSurrogate(c) ? REPLACEMENT : c)));
    return codePoints;
  }

  private static JsonNode implode(Run run, JsonNode in) {
    if (!in.isArray()) {
      throw JqException.error("implode input must be an array");
    }
    run.allocate(in.size());
    StringBuilder text = new StringBuilder(in.size());
    for (JsonNode item : in) {
      if (!Types.isNumber(item) || Num.isNaN(item)) {
        throw Types.error(item, "can't be imploded, unicode codepoint needs to be numeric");
      }
      int codePoint = (int) item.doubleValue();
      boolean valid = Character.isValidCodePoint(codePoint) && !isSurrogate(codePoint);
      text.appendCodePoint(valid ? codePoint : REPLACEMENT);
    }
    return TextNode.valueOf(text.toString());
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  private static JsonNode utf8ByteLength(Run run, JsonNode in) {
    String text = Types.text(in, "only strings have UTF-8 byte length");
    run.tick(text.length() >> 4);
    long bytes =
        text.codePoints().mapToLong(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4).sum();
    return Num.of(bytes);
  }

  private static JsonNode startsOrEnds(Run run, JsonNode in, JsonNode part, boolean start) {
    if (!in.isTextual() || !part.isTextual()) {
      throw JqException.error((start ? "startswith" : "endswith") + "() requires string inputs");
    }
    run.tick(part.textValue().length() >> 4);
    return Types.bool(
        start
            ? in.textValue().startsWith(part.textValue())
            : in.textValue().endsWith(part.textValue()));
  }

  private static JsonNode trimPart(
      Run run, JsonNode in, JsonNode part, boolean left, boolean right) {
    if (!in.isTextual() || !part.isTextual() || part.textValue().isEmpty()) {
      return in;
    }
    String text = in.textValue();
    String ends = part.textValue();
    int from = left && text.startsWith(ends) ? ends.length() : 0;
    int to = right && text.endsWith(ends) ? text.length() - ends.length() : text.length();
    return from == 0 && to == text.length()
        ? in
        : text(run, text.substring(from, Math.max(from, to)));
  }

  private static JsonNode trim(Run run, JsonNode in, boolean left, boolean right) {
    String text = Types.text(in, "cannot be trimmed");
    int from = 0;
    int to = text.length();
    while (left && from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (right && to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return from == 0 && to == text.length() ? in : text(run, text.substring(from, to));
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  private static JsonNode splitBy(Run run, JsonNode in, JsonNode separator) {
    if (!in.isTextual() || !separator.isTextual()) {
      throw JqException.error("split input and separator must be strings");
    }
    return split(run, in.textValue(), separator.textValue());
  }

  static JsonNode split(Run run, String text, String separator) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    run.allocate(text.length());
    if (text.isEmpty()) {
      return parts;
    }
    if (separator.isEmpty()) {
      run.allocate(text.length());
      text.codePoints().forEach(c -> parts.add(Character.toString(c)));
      return parts;
    }
    int from = 0;
    int at = Searching.find(run, text, separator, 0);
    while (at >= 0) {
      run.allocate(1);
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = Searching.find(run, text, separator, from);
    }
    run.allocate(1);
    return parts.add(text.substring(from));
  }

  private static JsonNode join(Run run, JsonNode in, JsonNode separator) {
    if (!in.isContainerNode()) {
      throw Access.notIterable(in);
    }
    if (in.isEmpty()) {
      return TextNode.valueOf("");
    }
    Summing sum = new Summing(run);
    boolean first = true;
    for (JsonNode item : in) {
      sum.add(first ? TextNode.valueOf("") : separator);
      first = false;
      boolean scalar = item.isBoolean() || Types.isNumber(item);
      sum.add(scalar ? toText(run, item) : Types.isNull(item) ? TextNode.valueOf("") : item);
    }
    return sum.result();
  }
}
