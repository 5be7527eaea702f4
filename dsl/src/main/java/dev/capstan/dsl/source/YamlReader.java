package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML 1.2 text as a tree, with the core schema: {@code yes}, {@code on} and {@code 1_000} are
 * texts. Anchors and aliases work; tags beyond the core schema and merge keys do not.
 */
final class YamlReader {
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
  private static final String CORE = "tag:yaml.org,2002:";

  private final SourceLimits limits;
  private final TreeBuilder tree;
  private final Map<String, TreeBuilder.Grown> anchors = new LinkedHashMap<>();
  private final Deque<String> openAnchors = new ArrayDeque<>();
  private int documents;

  private YamlReader(SourceLimits limits) {
    this.limits = limits;
    this.tree = new TreeBuilder(limits);
  }

  static TreeBuilder.Grown read(String text, SourceLimits limits) throws SourceException {
    return new YamlReader(limits).read(text);
  }

  private TreeBuilder.Grown read(String text) throws SourceException {
    try {
      for (Event event : new Parse(SETTINGS).parseString(text)) {
        step(event);
      }
    } catch (YamlEngineException e) {
      throw YamlComplaint.of(e, text);
    }
    TreeBuilder.Grown root = tree.root();
    if (root == null) {
      throw new SourceException(
          DiagnosticCode.EMPTY_TEXT, new Position(1, 1), "the text is empty", null);
    }
    return root;
  }

  private void step(Event event) throws SourceException {
    long position = position(event);
    switch (event.getEventId()) {
      case DocumentStart -> beginDocument(position);
      case MappingStart -> begin((NodeEvent) event, true, position);
      case SequenceStart -> begin((NodeEvent) event, false, position);
      case MappingEnd, SequenceEnd -> remember(openAnchors.pop(), tree.end());
      case Scalar -> scalar((ScalarEvent) event, position);
      case Alias -> alias((AliasEvent) event, position);
      case StreamStart, StreamEnd, DocumentEnd, Comment -> {}
    }
  }

  private void beginDocument(long position) throws SourceException {
    documents++;
    if (documents > 1) {
      throw new SourceException(
          DiagnosticCode.SEVERAL_DOCUMENTS,
          TreeBuilder.place(position),
          "the text holds more than one YAML document",
          "put each definition in a file of its own");
    }
  }

  private void begin(NodeEvent event, boolean isObject, long position) throws SourceException {
    refuseKey(position);
    refuseTag(
        tag(event),
        isObject ? "map" : "seq",
        TreeBuilder.place(position),
        isObject ? "an object" : "a list");
    tree.begin(isObject, position);
    String anchor = event.getAnchor().map(Anchor::getValue).orElse("");
    anchors.remove(anchor);
    openAnchors.push(anchor);
  }

  private void scalar(ScalarEvent event, long position) throws SourceException {
    if (tree.expectsKey()) {
      tree.key(event.getValue(), position);
      return;
    }
    JsonNode value = value(event, TreeBuilder.place(position));
    remember(event.getAnchor().map(Anchor::getValue).orElse(""), tree.scalar(value, position));
  }

  private void alias(AliasEvent event, long position) throws SourceException {
    refuseKey(position);
    String name = event.getAlias().getValue();
    TreeBuilder.Grown target = anchors.get(name);
    if (target == null) {
      boolean inside = openAnchors.contains(name);
      throw new SourceException(
          DiagnosticCode.BAD_ALIAS,
          TreeBuilder.place(position),
          inside
              ? "the alias *" + name + " stands inside the value that it repeats"
              : "the alias *" + name + " names no anchor above it",
          inside ? null : "put a text that begins with * in quotes");
    }
    tree.repeat(target, position);
  }

  private void remember(String anchor, TreeBuilder.Grown value) {
    if (!anchor.isEmpty()) {
      anchors.put(anchor, value);
    }
  }

  private void refuseKey(long position) throws SourceException {
    if (tree.expectsKey()) {
      throw new SourceException(
          DiagnosticCode.BAD_KEY,
          TreeBuilder.place(position),
          "a key must be a text, not an object, list or alias",
          "put a text that begins with {, [ or * in quotes");
    }
  }

  private JsonNode value(ScalarEvent event, Position position) throws SourceException {
    String text = event.getValue();
    String tag = tag(event);
    if (tag == null) {
      return event.isPlain() ? PlainScalar.resolve(text, position, limits) : TextNode.valueOf(text);
    }
    JsonNode plain = PlainScalar.resolve(text, position, limits);
    boolean fits =
        switch (tag) {
          case CORE + "str", "!" -> true;
          case CORE + "int" -> plain.isIntegralNumber();
          case CORE + "float" -> plain.isNumber();
          case CORE + "bool" -> plain instanceof BooleanNode;
          case CORE + "null" -> plain instanceof NullNode;
          default -> false;
        };
    if (!fits) {
      refuseTag(tag, "str", position, "this text");
    }
    return tag.equals("!") || tag.equals(CORE + "str") ? TextNode.valueOf(text) : plain;
  }

  private static @Nullable String tag(NodeEvent event) {
    Optional<String> tag =
        event instanceof ScalarEvent scalar
            ? scalar.getTag()
            : ((org.snakeyaml.engine.v2.events.CollectionStartEvent) event).getTag();
    return tag.orElse(null);
  }

  private static void refuseTag(
      @Nullable String tag, String allowed, Position position, String what) throws SourceException {
    if (tag != null && !tag.equals(CORE + allowed) && !tag.equals("!")) {
      String written = tag.startsWith(CORE) ? "!!" + tag.substring(CORE.length()) : tag;
      throw new SourceException(
          DiagnosticCode.UNSUPPORTED_TAG,
          position,
          "the tag " + written + " does not fit " + what,
          "leave the tag out; values are those of JSON");
    }
  }

  private static long position(Event event) {
    Optional<Mark> mark = event.getStartMark();
    return mark.isEmpty() ? 0 : Marks.pack(mark.get().getLine() + 1, mark.get().getColumn() + 1);
  }
}
