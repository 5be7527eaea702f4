package dev.capstan.server.http;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The address to listen on is taken. The message names the port, the process that has it when that
 * can be known, and the way out.
 */
public final class PortInUse extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int port;
  private final @Nullable String owner;

  PortInUse(String host, int port, @Nullable String owner, Throwable cause) {
    super(
        "Port "
            + port
            + " on "
            + host
            + " is taken"
            + (owner == null ? "" : " by " + owner)
            + ". Use --port auto for one that is free, or --port N for another.",
        cause);
    this.port = port;
    this.owner = owner;
  }

  /** The port. */
  public int port() {
    return port;
  }

  /**
   * The process that has it, such as {@code java (process 4711)}; null when that can't be known.
   */
  public @Nullable String owner() {
    return owner;
  }
}
