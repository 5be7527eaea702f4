package dev.capstan.server.gateway;

/** Who asks. Goes with every command and into the audit entry beside every change. */
public record Principal(String name) {
  /** Whoever reaches a development server on loopback. */
  public static final Principal LOCAL = new Principal("local");

  /** The engine itself, for what schedules and executions start. */
  public static final Principal ENGINE = new Principal("engine");
}
