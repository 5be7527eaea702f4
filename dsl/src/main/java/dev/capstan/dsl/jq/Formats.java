package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The formats: {@code @json}, {@code @csv} and so on. */
final class Formats {
  /** By name, without {@code @}. */
  static final Map<String, Builtin> ALL = all();

  private Formats() {}

  private static Map<String, Builtin> all() {
    Map<String, Builtin> all = new TreeMap<>();
    all.put("text", (run, in, args) -> Strings.toText(run, in));
    all.put("json", (run, in, args) -> TextNode.valueOf(JsonText.write(run, in)));
    all.put(
        "csv",
        (run, in, args) ->
            row(run, in, "csv", ",", text -> "\"" + text.replace("\"", "\"\"") + "\""));
    all.put("tsv", (run, in, args) -> row(run, in, "tsv", "\t", Formats::tabEscaped));
    all.put("html", (run, in, args) -> html(run, in));
    all.put("sh", (run, in, args) -> shell(run, in));
    all.put("uri", (run, in, args) -> PercentCoding.encode(run, plain(run, in)));
    all.put("urid", (run, in, args) -> PercentCoding.decode(run, in, plain(run, in)));
    all.put("base64", (run, in, args) -> base64(run, plain(run, in)));
    all.put("base64d", (run, in, args) -> base64Decoded(run, in, plain(run, in)));
    all.put("base32", (run, in, args) -> Base32.encode(run, plain(run, in)));
    all.put("base32d", (run, in, args) -> Base32.decode(run, in, plain(run, in)));
    return Collections.unmodifiableMap(all);
  }

  private static String plain(Run run, JsonNode value) {
    return Strings.toText(run, value).textValue();
  }

  private static JsonNode row(
      Run run, JsonNode in, String format, String separator, Function<String, String> quoted) {
    if (!in.isArray()) {
      throw Types.error(in, "cannot be " + format + "-formatted, only array");
    }
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (JsonNode item : in) {
      String cell =
          switch (item.getNodeType()) {
            case STRING -> {
              run.allocate(2L * item.textValue().length());
              yield quoted.apply(item.textValue());
            }
            case NUMBER -> Num.isNaN(item) ? "" : Num.text(item);
            case BOOLEAN -> item.asText();
            case NULL, MISSING, BINARY, POJO -> "";
            case ARRAY, OBJECT -> throw Types.error(item, "is not valid in a csv row");
          };
      run.allocate(cell.length() + 1L);
      out.append(first ? "" : separator).append(cell);
      first = false;
    }
    return TextNode.valueOf(out.toString());
  }

  private static String tabEscaped(String text) {
    return text.replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\r", "\\r")
        .replace("\n", "\\n")
        .replace("\0", "\\0");
  }

  private static JsonNode html(Run run, JsonNode in) {
    String text = plain(run, in);
    StringBuilder out = new StringBuilder();
    run.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '\'' -> out.append("&#39;");
        case '"' -> out.append("&quot;");
        default -> out.append(text.charAt(i));
      }
    }
    return Strings.text(run, out.toString());
  }

  private static JsonNode shell(Run run, JsonNode in) {
    if (!in.isArray()) {
      return Strings.text(run, shellWord(run, in));
    }
    StringBuilder out = new StringBuilder();
    for (JsonNode item : in) {
      out.append(out.isEmpty() ? "" : " ").append(shellWord(run, item));
    }
    return Strings.text(run, out.toString());
  }

  private static String shellWord(Run run, JsonNode value) {
    if (value.isContainerNode()) {
      throw Types.error(value, "can not be escaped for shell");
    }
    String text = plain(run, value);
    run.allocate(text.length() + 1L);
    return value.isTextual() ? "'" + text.replace("'", "'\\''") + "'" : text;
  }

  private static JsonNode base64(Run run, String text) {
    run.allocate(4L * text.length());
    return TextNode.valueOf(
        Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static JsonNode base64Decoded(Run run, JsonNode in, String text) {
    run.allocate(2L * text.length());
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '=') {
      end--;
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(text.substring(0, end));
      if (bytes.length == 0 && end > 0) {
        throw notDecodable(in, "base64");
      }
      return TextNode.valueOf(new String(bytes, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw notDecodable(in, "base64");
    }
  }

  static JqException notDecodable(JsonNode in, String format) {
    return Types.error(in, "is not valid " + format + " data");
  }
}
