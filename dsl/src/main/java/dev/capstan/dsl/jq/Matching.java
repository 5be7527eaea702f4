package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/** The functions with regular expressions. */
final class Matching {
  private Matching() {}

  static void register(Map<String, Form> all) {
    for (int arity = 1; arity <= 2; arity++) {
      all.put("test/" + arity, args -> call(args, Matching::test));
      all.put("match/" + arity, args -> each(args, Matching::matches));
      all.put("capture/" + arity, args -> each(args, Matching::captures));
      all.put("scan/" + arity, args -> each(args, Matching::scan));
      all.put("splits/" + arity, args -> each(args, Matching::split));
    }
    all.put("split/2", args -> call(args, Matching::split));
    all.put("sub/2", args -> new Substitution(args.get(0), args.get(1), Basics.NULL, false));
    all.put("sub/3", args -> new Substitution(args.get(0), args.get(1), args.get(2), false));
    all.put("gsub/2", args -> new Substitution(args.get(0), args.get(1), Basics.NULL, true));
    all.put("gsub/3", args -> new Substitution(args.get(0), args.get(1), args.get(2), true));
  }

  /** What a function makes of a text. */
  @FunctionalInterface
  private interface Function {
    JsonNode apply(Run run, Regex regex, String text);
  }

  private static Expr call(List<Expr> args, Function function) {
    return new Calls.Native(new RegexCall(function), args.toArray(Expr[]::new));
  }

  private static Expr each(List<Expr> args, Function function) {
    return new Access.Iterate(call(args, function));
  }

  /**
   * One call in a program; keeps the expression it compiled last, which is the same for all
   * evaluations as a rule.
   */
  private static final class RegexCall implements Builtin {
    private final Function function;
    private final RegexMemory memory = new RegexMemory();

    RegexCall(Function function) {
      this.function = function;
    }

    @Override
    public JsonNode apply(Run run, JsonNode in, JsonNode[] args) {
      JsonNode source = args[0];
      JsonNode flags = args.length > 1 ? args[1] : NullNode.getInstance();
      if (args.length == 1 && source.isArray()) {
        flags = source.size() > 1 ? source.get(1) : flags;
        source = source.path(0);
      }
      if (!source.isTextual()) {
        throw JqException.error(Types.name(args[0]) + " not a string or array");
      }
      String text = Types.text(in, "cannot be matched, as it is not a string");
      return function.apply(run, memory.get(run, source.textValue(), Regex.flags(flags)), text);
    }
  }

  private static JsonNode test(Run run, Regex regex, String text) {
    return Types.bool(regex.test(run, text));
  }

  private static JsonNode matches(Run run, Regex regex, String text) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    int[] position = new int[2];
    regex.each(
        run,
        text,
        false,
        matcher -> {
          run.allocate(5);
          position[1] += text.codePointCount(position[0], matcher.start());
          position[0] = matcher.start();
          ObjectNode match = part(run, text, position[1], matcher, 0);
          ArrayNode captures = match.putArray("captures");
          for (int group = 1; group <= matcher.groupCount(); group++) {
            captures.add(capture(run, regex, text, position[1], matcher, group));
          }
          found.add(match);
        });
    return found;
  }

  private static ObjectNode capture(
      Run run, Regex regex, String text, int start, Matcher matcher, int group) {
    int from = matcher.start(group);
    ObjectNode capture;
    if (from < 0) {
      capture =
          JsonNodeFactory.instance
              .objectNode()
              .put("offset", -1)
              .put("length", 0)
              .putNull("string");
    } else {
      int offset =
          from >= matcher.start()
              ? start + text.codePointCount(matcher.start(), from)
              : text.codePointCount(0, from);
      capture = part(run, text, offset, matcher, group);
    }
    run.allocate(5);
    return capture.put("name", regex.names.get(group - 1));
  }

  private static ObjectNode part(Run run, String text, int offset, Matcher matcher, int group) {
    int from = matcher.start(group);
    int to = matcher.end(group);
    run.allocate(to - from);
    ObjectNode part = JsonNodeFactory.instance.objectNode();
    part.put("offset", offset);
    part.put("length", text.codePointCount(from, to));
    part.put("string", text.substring(from, to));
    return part;
  }

  private static JsonNode captures(Run run, Regex regex, String text) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    regex.each(
        run,
        text,
        false,
        matcher -> {
          run.allocate(1);
          found.add(named(run, regex, matcher));
        });
    return found;
  }

  /** The named groups of a match as an object. */
  static ObjectNode named(Run run, Regex regex, Matcher matcher) {
    ObjectNode captures = JsonNodeFactory.instance.objectNode();
    for (int group = 1; group <= matcher.groupCount(); group++) {
      String name = regex.names.get(group - 1);
      if (name != null) {
        captures.set(name, group(run, matcher, group));
      }
    }
    return captures;
  }

  private static JsonNode group(Run run, Matcher matcher, int group) {
    @Nullable String text = matcher.group(group);
    run.allocate(text == null ? 1 : 1 + text.length());
    return text == null ? NullNode.getInstance() : TextNode.valueOf(text);
  }

  private static JsonNode scan(Run run, Regex regex, String text) {
    ArrayNode found = JsonNodeFactory.instance.arrayNode();
    regex.each(
        run,
        text,
        true,
        matcher -> {
          if (matcher.groupCount() == 0) {
            found.add(group(run, matcher, 0));
          } else {
            ArrayNode groups = found.addArray();
            for (int group = 1; group <= matcher.groupCount(); group++) {
              groups.add(group(run, matcher, group));
            }
          }
        });
    return found;
  }

  private static JsonNode split(Run run, Regex regex, String text) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    int[] from = new int[1];
    regex.each(
        run,
        text,
        true,
        matcher -> {
          run.allocate(1L + matcher.start() - from[0]);
          parts.add(text.substring(from[0], matcher.start()));
          from[0] = matcher.end();
        });
    run.allocate(1L + text.length() - from[0]);
    return parts.add(text.substring(from[0]));
  }
}
