package dev.capstan.cli.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.events.CommentEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Comments and empty lines of a text, and the nodes that they go with: one in a line of its own
 * with the node below it, one at the end of a line with the node before it. The library's own way
 * with comments loses their indentation, and fails on some of them.
 */
final class Remarks {
  private static final LoadSettings WITH_COMMENTS =
      LoadSettings.builder().setParseComments(true).setCodePointLimit(Integer.MAX_VALUE).build();

  private final List<Node> nodes;
  private final TreeMap<Integer, List<Node>> byLine = new TreeMap<>();
  private final IdentityHashMap<Node, List<String>> above = new IdentityHashMap<>();
  private final IdentityHashMap<Node, String> beside = new IdentityHashMap<>();
  private final List<String> below = new ArrayList<>();
  private final Node root;

  /** Those of {@code text}; {@code root} is its tree as it was read. */
  Remarks(String text, Node root) {
    this.root = root;
    this.nodes = inOrder(root);
    for (Node node : nodes) {
      byLine.computeIfAbsent(start(node).getLine(), _ -> new ArrayList<>()).add(node);
    }
    TreeMap<Integer, String> lines = new TreeMap<>();
    for (CommentEvent comment : comments(text)) {
      Mark mark = comment.getStartMark().orElseThrow();
      String words = ("#" + comment.getValue()).stripTrailing();
      Node before = comment.getCommentType() == CommentType.IN_LINE ? before(mark) : null;
      if (before == null) {
        lines.put(mark.getLine(), words);
      } else {
        beside.merge(before, words, (one, other) -> one + " " + other);
      }
    }
    List<String> all = text.lines().toList();
    Set<Integer> taken = linesOfScalars(all);
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).isBlank() && !taken.contains(i)) {
        lines.put(i, "");
      }
    }
    lines.forEach((line, words) -> list(below(line)).add(words));
  }

  /** All comments that are none but that. */
  static List<CommentEvent> comments(String text) {
    return StreamSupport.stream(new Parse(WITH_COMMENTS).parseString(text).spliterator(), false)
        .filter(CommentEvent.class::isInstance)
        .map(CommentEvent.class::cast)
        .filter(comment -> comment.getCommentType() != CommentType.BLANK_LINE)
        .toList();
  }

  /** The text {@code written} of the same nodes, in whatever order, with what goes with them. */
  String addTo(String written) {
    Map<Integer, List<String>> before = new TreeMap<>();
    Map<Integer, String> behind = new TreeMap<>();
    List<Node> now = inOrder(root);
    int at = 0;
    takeHeader(before);
    for (Event event : new Parse(CanonicalLayout.READING).parseString(written)) {
      switch (event.getEventId()) {
        case Scalar, MappingStart, SequenceStart -> {
          Node node = now.get(at++);
          int line = event.getStartMark().orElseThrow().getLine();
          before
              .computeIfAbsent(line, _ -> new ArrayList<>())
              .addAll(above.getOrDefault(node, List.of()));
          String words = beside.get(node);
          if (words != null) {
            behind.merge(line, words, (one, other) -> one + " " + other);
          }
        }
        default -> {}
      }
    }
    return text(written.lines().toList(), before, behind);
  }

  private String text(
      List<String> lines, Map<Integer, List<String>> before, Map<Integer, String> behind) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String indent = line.substring(0, line.length() - line.stripLeading().length());
      add(before.getOrDefault(i, List.of()), indent, out);
      String words = behind.get(i);
      out.add(words == null ? line : line.stripTrailing() + " " + words);
    }
    add(below, "", out);
    while (out.getLast().isEmpty()) {
      out.removeLast();
    }
    return String.join("\n", out) + "\n";
  }

  /** Several empty lines are one, and there is none at the beginning. */
  private static void add(List<String> words, String indent, List<String> out) {
    boolean blank = out.isEmpty();
    for (String line : words) {
      if (!line.isEmpty()) {
        out.add(indent + line);
      } else if (!blank) {
        out.add("");
      }
      blank = line.isEmpty();
    }
  }

  /** What stands above the first key, up to the last empty line, is about the whole file. */
  private void takeHeader(Map<Integer, List<String>> before) {
    List<String> words = above.getOrDefault(root, List.of());
    int last = words.lastIndexOf("");
    List<String> header = new ArrayList<>(words.subList(0, last < 0 ? words.size() : last + 1));
    List<String> rest = List.copyOf(words.subList(header.size(), words.size()));
    above.remove(root);
    before.put(0, header);
    if (!rest.isEmpty()) {
      above.put(nodes.get(Math.min(1, nodes.size() - 1)), rest);
    }
  }

  private List<String> list(@Nullable Node node) {
    return node == null ? below : above.computeIfAbsent(node, _ -> new ArrayList<>());
  }

  /** The first node that begins below a line; null at the end. */
  private @Nullable Node below(int line) {
    Map.Entry<Integer, List<Node>> next = byLine.higherEntry(line);
    return next == null ? null : next.getValue().getFirst();
  }

  /** The last node that begins in the line of a comment, which ends it; null when none does. */
  private @Nullable Node before(Mark comment) {
    List<Node> line = byLine.get(comment.getLine());
    return line == null ? null : line.getLast();
  }

  /** Where an empty line is part of a scalar. */
  private Set<Integer> linesOfScalars(List<String> lines) {
    Set<Integer> taken = new TreeSet<>();
    for (Node node : nodes) {
      if (node instanceof ScalarNode scalar) {
        int end = Math.min(node.getEndMark().orElseThrow().getLine(), lines.size());
        while (!scalar.getValue().endsWith("\n\n") && end > 0 && lines.get(end - 1).isBlank()) {
          end--;
        }
        for (int i = start(node).getLine(); i < end; i++) {
          taken.add(i);
        }
      }
    }
    return taken;
  }

  private static Mark start(Node node) {
    return node.getStartMark().orElseThrow();
  }

  /** Every node once, where it is first met. */
  private static List<Node> inOrder(Node root) {
    List<Node> nodes = new ArrayList<>();
    collect(root, nodes, Collections.newSetFromMap(new IdentityHashMap<>()));
    return nodes;
  }

  private static void collect(Node node, List<Node> nodes, Set<Node> seen) {
    if (seen.add(node)) {
      nodes.add(node);
      FlowStyles.children(node).forEach(child -> collect(child, nodes, seen));
    }
  }
}
