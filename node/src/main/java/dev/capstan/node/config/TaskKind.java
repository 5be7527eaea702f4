package dev.capstan.node.config;

import java.util.Arrays;
import java.util.Optional;

/**
 * The kinds of tasks that every worker offers by itself, where it can, unless it is told not to.
 */
public enum TaskKind {
  HTTP("call:http"),
  OPENAPI("call:openapi"),
  GRPC("call:grpc"),
  ASYNCAPI("call:asyncapi"),
  A2A("call:a2a"),
  MCP("call:mcp"),
  MCP_STDIO("call:mcp:stdio"),
  SHELL("run:shell"),
  JAVASCRIPT("run:script:js"),
  PYTHON("run:script:python"),
  CONTAINER("run:container");

  /** The kinds as they are written, for messages. */
  public static final String ALLOWED =
      String.join(", ", Arrays.stream(values()).map(TaskKind::kind).toList());

  private final String kind;

  TaskKind(String kind) {
    this.kind = kind;
  }

  /** As tasks and nodes name it. */
  public String kind() {
    return kind;
  }

  /** The kind that is written so. */
  public static Optional<TaskKind> of(String kind) {
    return Arrays.stream(values()).filter(known -> known.kind.equals(kind)).findFirst();
  }
}
