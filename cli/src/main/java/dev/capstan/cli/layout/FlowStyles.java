package dev.capstan.cli.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** What stays in braces and brackets: what stood in one line, and so has no comments inside. */
final class FlowStyles {

  private FlowStyles() {}

  static void settle(Node node) {
    if (node instanceof CollectionNode<?> collection
        && collection.getFlowStyle() == FlowStyle.FLOW
        && !isOneLine(node)) {
      collection.setFlowStyle(FlowStyle.BLOCK);
    }
    for (Node child : children(node)) {
      settle(child);
    }
  }

  private static boolean isOneLine(Node node) {
    int first = node.getStartMark().orElseThrow().getLine();
    return first == node.getEndMark().orElseThrow().getLine();
  }

  /** The nodes directly inside, in their order. */
  static List<Node> children(Node node) {
    List<Node> children = new ArrayList<>();
    if (node instanceof MappingNode mapping) {
      mapping
          .getValue()
          .forEach(entry -> {
            children.add(entry.getKeyNode());
            children.add(entry.getValueNode());
          });
    } else if (node instanceof SequenceNode sequence) {
      children.addAll(sequence.getValue());
    }
    return children;
  }

  /** With a space inside of braces, unless they are empty. */
  static String space(String text) {
    int[] characters = text.codePoints().toArray();
    TreeSet<Integer> places = new TreeSet<>();
    List<Boolean> open = new ArrayList<>();
    for (Event event : new Parse(CanonicalLayout.READING).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart -> {
          MappingStartEvent start = (MappingStartEvent) event;
          boolean flow = start.getFlowStyle() == FlowStyle.FLOW;
          int place = flow ? inside(characters, event) : 0;
          boolean spaced = flow && characters[place] != '}';
          if (spaced) {
            places.add(place);
          }
          open.add(spaced);
        }
        case MappingEnd -> {
          if (open.removeLast()) {
            places.add(event.getEndMark().orElseThrow().getIndex() - 1);
          }
        }
        default -> {}
      }
    }
    StringBuilder spaced = new StringBuilder();
    for (int i = 0; i < characters.length; i++) {
      if (places.contains(i)) {
        spaced.append(' ');
      }
      spaced.appendCodePoint(characters[i]);
    }
    return spaced.toString();
  }

  /** Behind the brace of a mapping, which may have an anchor before it. */
  private static int inside(int[] characters, Event start) {
    int at = start.getStartMark().orElseThrow().getIndex();
    while (characters[at] != '{') {
      at++;
    }
    return at + 1;
  }
}
