package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML text as a tree. Of numbers, only whole ones without a sign are numbers: a version such as
 * 3.0 stays the text that it is. An alias shares its anchor's node, so a few aliases of aliases
 * can't grow into gigabytes, and no tree has a cycle.
 */
final class YamlTree {

  private static final int DEEPEST = 500;

  /** So many digits fit into an int. */
  private static final int SHORT = 9;

  private static final Pattern WHOLE = Pattern.compile("0|[1-9][0-9]{0,17}");

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** The text is not YAML; the message tells why and where. */
  static final class NotYaml extends Exception {

    NotYaml(String message) {
      super(message);
    }
  }

  private static final class Open {

    final ContainerNode<?> node;
    final @Nullable String anchor;
    @Nullable String key;

    Open(ContainerNode<?> node, @Nullable String anchor) {
      this.node = node;
      this.anchor = anchor;
    }
  }

  private final Map<String, JsonNode> anchors = new HashMap<>();
  private final Deque<Open> open = new ArrayDeque<>();
  private @Nullable JsonNode root;

  private YamlTree() {}

  static JsonNode read(String text) throws NotYaml {
    YamlTree tree = new YamlTree();
    LoadSettings settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
    try {
      for (Event event : new Parse(settings).parseString(text)) {
        tree.step(event);
      }
    } catch (MarkedYamlEngineException e) {
      String where =
          e.getProblemMark()
              .map(mark -> "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
              .orElse("somewhere");
      throw new NotYaml(e.getProblem() + " (" + where + ")");
    } catch (YamlEngineException e) {
      throw new NotYaml(e.getClass().getSimpleName());
    }
    return tree.root == null ? NullNode.getInstance() : tree.root;
  }

  private void step(Event event) throws NotYaml {
    switch (event.getEventId()) {
      case MappingStart -> begin(NODES.objectNode(), (NodeEvent) event);
      case SequenceStart -> begin(NODES.arrayNode(), (NodeEvent) event);
      case MappingEnd, SequenceEnd -> end();
      case Scalar -> scalar((ScalarEvent) event);
      case Alias -> add(aliased((AliasEvent) event));
      case StreamStart, StreamEnd, DocumentStart, DocumentEnd, Comment -> {}
    }
  }

  private void begin(ContainerNode<?> node, NodeEvent event) throws NotYaml {
    if (expectsKey()) {
      throw new NotYaml("a key must be a text");
    }
    if (open.size() >= DEEPEST) {
      throw new NotYaml("more than " + DEEPEST + " levels deep");
    }
    open.push(new Open(node, anchor(event)));
  }

  private void end() throws NotYaml {
    Open ended = open.pop();
    remember(ended.anchor, ended.node);
    add(ended.node);
  }

  private void scalar(ScalarEvent event) throws NotYaml {
    Open around = open.peek();
    if (around != null && expectsKey()) {
      around.key = event.getValue();
      return;
    }
    JsonNode value = event.isPlain() ? plain(event.getValue()) : TextNode.valueOf(event.getValue());
    remember(anchor(event), value);
    add(value);
  }

  private static JsonNode plain(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NullNode.getInstance();
      case "true", "True", "TRUE" -> BooleanNode.TRUE;
      case "false", "False", "FALSE" -> BooleanNode.FALSE;
      default -> WHOLE.matcher(text).matches() ? whole(text) : TextNode.valueOf(text);
    };
  }

  private static JsonNode whole(String text) {
    return text.length() <= SHORT
        ? IntNode.valueOf(Integer.parseInt(text))
        : LongNode.valueOf(Long.parseLong(text));
  }

  private JsonNode aliased(AliasEvent event) throws NotYaml {
    String name = event.getAlias().getValue();
    JsonNode target = anchors.get(name);
    if (target == null || expectsKey()) {
      throw new NotYaml("the alias *" + name + " can't stand where it stands");
    }
    return target;
  }

  private void add(JsonNode value) throws NotYaml {
    Open around = open.peek();
    if (around == null) {
      if (root != null) {
        throw new NotYaml("more than one document");
      }
      root = value;
      return;
    }
    switch (around.node) {
      case ObjectNode object -> {
        object.set(around.key, value);
        around.key = null;
      }
      case ArrayNode array -> array.add(value);
      default -> throw new IllegalStateException("neither object nor array");
    }
  }

  private boolean expectsKey() {
    Open around = open.peek();
    return around != null && around.node instanceof ObjectNode && around.key == null;
  }

  private void remember(@Nullable String anchor, JsonNode value) {
    if (anchor != null) {
      anchors.put(anchor, value);
    }
  }

  private static @Nullable String anchor(NodeEvent event) {
    Optional<Anchor> anchor = event.getAnchor();
    return anchor.isPresent() ? anchor.get().getValue() : null;
  }
}
