package dev.capstan.cli.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Puts the keys of a definition and of its tasks in order; others keep theirs, behind these. */
final class KeyOrder {
  private static final List<String> DEFINITION =
      List.of(
          "document",
          "input",
          "use",
          "timeout",
          "schedule",
          "evaluate",
          "do",
          "output",
          "metadata");

  /** What a task does stands between its condition and input, and what becomes of its output. */
  private static final List<String> TASK =
      List.of(
          "if",
          "input",
          "call",
          "with",
          "emit",
          "for",
          "while",
          "fork",
          "listen",
          "foreach",
          "raise",
          "run",
          "set",
          "switch",
          "try",
          "catch",
          "wait",
          "do",
          "output",
          "export",
          "timeout",
          "then",
          "metadata");

  private KeyOrder() {}

  static void arrange(Node root) {
    if (!(root instanceof MappingNode definition)) {
      return;
    }
    sort(definition, DEFINITION);
    tasks(member(definition, "do"));
    Node functions = member(member(definition, "use"), "functions");
    if (functions instanceof MappingNode declared) {
      declared.getValue().forEach(function -> task(function.getValueNode()));
    }
  }

  private static void tasks(@Nullable Node list) {
    if (list instanceof SequenceNode sequence) {
      for (Node item : sequence.getValue()) {
        if (item instanceof MappingNode named) {
          named.getValue().forEach(entry -> task(entry.getValueNode()));
        }
      }
    }
  }

  private static void task(Node node) {
    if (!(node instanceof MappingNode task)) {
      return;
    }
    sort(task, TASK);
    tasks(member(task, "do"));
    tasks(member(task, "try"));
    tasks(member(member(task, "fork"), "branches"));
    tasks(member(member(task, "catch"), "do"));
    tasks(member(member(task, "foreach"), "do"));
  }

  private static void sort(MappingNode node, List<String> order) {
    List<NodeTuple> sorted = new ArrayList<>(node.getValue());
    sorted.sort(
        Comparator.comparingInt(entry -> {
          int place = order.indexOf(key(entry));
          return place < 0 ? order.size() : place;
        }));
    node.setValue(sorted);
  }

  private static @Nullable Node member(@Nullable Node node, String name) {
    if (node instanceof MappingNode object) {
      for (NodeTuple entry : object.getValue()) {
        if (key(entry).equals(name)) {
          return entry.getValueNode();
        }
      }
    }
    return null;
  }

  private static String key(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
  }
}
