package dev.capstan.server.http;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Says where requests are carried out. May be called by any thread; answers at once. */
public interface LeaderLocator {
  /** For a coordinator without others. */
  LeaderLocator HERE =
      new LeaderLocator() {
        @Override
        public boolean isHere() {
          return true;
        }

        @Override
        public @Nullable URI address() {
          return null;
        }
      };

  /** Whether this coordinator leads. */
  boolean isHere();

  /** Scheme, host and port of the HTTP API of another coordinator that leads; null for none. */
  @Nullable URI address();
}
