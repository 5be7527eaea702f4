package dev.capstan.server.http;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Says where requests are carried out. May be called by any thread; returns at once. */
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

        @Override
        public boolean mayBeFound() {
          return true;
        }

        @Override
        public List<URI> others() {
          return List.of();
        }

        @Override
        public long term() {
          return 0;
        }

        @Override
        public CompletableFuture<?> confirm() {
          return CompletableFuture.completedFuture(null);
        }
      };

  /** Whether this coordinator leads. */
  boolean isHere();

  /** Scheme, host and port of the HTTP API of another coordinator that leads; null for none. */
  @Nullable URI address();

  /**
   * Whether a leader is known, or may soon be. False where this coordinator is cut off from the
   * majority: whoever waits here waits in vain.
   */
  boolean mayBeFound();

  /** Scheme, host and port of the HTTP API of all other coordinators. */
  List<URI> others();

  /** The term that this coordinator is in: of two that say to lead, the one in the later does. */
  long term();

  /**
   * For what is read here: completes when a majority has confirmed, after the call, that no other
   * coordinator leads, and everything acknowledged before the call can be read. Only the clock
   * would tell a leader that has stood still for a while that there is another one; so it asks.
   *
   * @return fails with a {@link dev.capstan.server.gateway.Refusal} where nobody confirms it
   */
  CompletableFuture<?> confirm();
}
