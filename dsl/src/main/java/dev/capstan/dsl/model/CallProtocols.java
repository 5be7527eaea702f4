package dev.capstan.dsl.model;

import java.util.Set;

/** What calls can be made of besides functions (DSL reference, Call), and what this version can. */
public final class CallProtocols {

  private static final Set<String> ALL =
      Set.of("a2a", "asyncapi", "grpc", "http", "mcp", "openapi");

  private static final Set<String> LATER = Set.of("asyncapi");

  private CallProtocols() {}

  /** Whether the language means a protocol by it, so that no function can be called so. */
  public static boolean isOne(String called) {
    return ALL.contains(called);
  }

  /** Whether the language knows the protocol, and this version accepts it but can't call it. */
  public static boolean isLater(String function) {
    return LATER.contains(function);
  }
}
