package dev.capstan.server.gateway;

/**
 * Who asks. Goes with every command and into the audit entry beside every change.
 *
 * @param role what they may do
 */
public record Principal(String name, KeyRole role) {
  /** Whoever reaches a development server on loopback. */
  public static final Principal LOCAL = new Principal("local");

  /** The engine itself, for what schedules and executions start. */
  public static final Principal ENGINE = new Principal("engine");

  /** One that may do everything. */
  public Principal(String name) {
    this(name, KeyRole.ADMINISTRATOR);
  }

  /**
   * Lets through whoever may do what needs this permission.
   *
   * @throws Refusal {@code FORBIDDEN} for all others
   */
  public void require(String permission) {
    if (!role.allows(permission)) {
      throw new Refusal(
          Refusal.Code.FORBIDDEN,
          name + " has the role " + role.word() + ", which does not allow " + permission,
          "Use a key of an administrator; capstan cluster keys lists all");
    }
  }
}
