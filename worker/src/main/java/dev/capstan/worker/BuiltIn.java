package dev.capstan.worker;

/** The executors that come with a worker. Each can be left out of a node. */
public enum BuiltIn {
  /** {@code call:http}. */
  HTTP,
  /** {@code call:openapi}. */
  OPENAPI,
  /** {@code call:grpc}. */
  GRPC,
  /** {@code call:asyncapi}. */
  ASYNCAPI,
  /** {@code call:a2a}. */
  A2A,
  /** {@code call:mcp}, of servers behind HTTP. */
  MCP,
  /** {@code call:mcp:stdio}, of servers that are programs of the node. */
  MCP_STDIO,
  /** {@code run:shell}. */
  SHELL,
  /** {@code run:script:js}, where {@code node} is installed. */
  JAVASCRIPT,
  /** {@code run:script:python}, where {@code python3} is installed. */
  PYTHON,
  /** {@code run:container}, where a container engine answers. */
  CONTAINER,
  /** {@code capstan:noop}, which measures the engine alone. */
  NOOP
}
