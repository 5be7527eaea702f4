package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import java.util.ArrayDeque;
import java.util.Deque;

/** Holds a tree that was not read here against the limits of text. */
final class TreeSize {
  private record Branch(JsonNode value, int depth) {}

  private TreeSize() {}

  static void refuse(JsonNode root, SourceLimits limits) throws SourceException {
    Deque<Branch> open = new ArrayDeque<>();
    open.push(new Branch(root, 1));
    int values = 0;
    while (!open.isEmpty()) {
      Branch branch = open.pop();
      values += branch.value().size();
      if (values > limits.values()) {
        throw new SourceException(
            DiagnosticCode.TOO_MANY_VALUES,
            Position.UNKNOWN,
            "the definition holds more than " + limits.values() + " values",
            "split the workflow, or pass large data as input");
      }
      if (branch.depth() > limits.depth()) {
        throw new SourceException(
            DiagnosticCode.TEXT_TOO_DEEP,
            Position.UNKNOWN,
            "values are nested more than " + limits.depth() + " levels deep",
            "move inner tasks to a workflow of their own, and call it with run.workflow");
      }
      for (JsonNode child : branch.value()) {
        if (child.isContainerNode()) {
          open.push(new Branch(child, branch.depth() + 1));
        }
      }
    }
  }
}
