package dev.capstan.dsl.model;

import java.util.Set;

/** What calls can be made of besides functions (DSL reference, Call). */
public final class CallProtocols {

  private static final Set<String> ALL =
      Set.of("a2a", "asyncapi", "grpc", "http", "mcp", "openapi");

  private CallProtocols() {}

  /** Whether the language means a protocol by it, so that no function can be called so. */
  public static boolean isOne(String called) {
    return ALL.contains(called);
  }
}
