package dev.capstan.server.membership;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls and requests that stay open, each with the API key that it was let in with, so that they
 * end when the key does. Any thread.
 */
final class OpenCalls {
  private final Roster roster;
  private final Set<Stay> open = ConcurrentHashMap.newKeySet();

  OpenCalls(Roster roster) {
    this.roster = roster;
  }

  /**
   * Remembers a call until the result is closed.
   *
   * @param end ends it; runs once at most, perhaps at once, and must not wait
   */
  Stay enter(ShownKey key, Runnable end) {
    Stay stay = new Stay(key, end);
    open.add(stay);
    // Now, since it may have been revoked after it was looked at.
    stay.recheck();
    return stay;
  }

  void recheck() {
    open.forEach(Stay::recheck);
  }

  /** One that is open. */
  final class Stay implements AutoCloseable {
    private final ShownKey key;
    private final Runnable end;
    private boolean over;

    private Stay(ShownKey key, Runnable end) {
      this.key = key;
      this.end = end;
    }

    /** Where nothing is known of keys, nothing is known of this one: a cluster has one at least. */
    private void recheck() {
      if (!roster.isEmpty() && !key.principal().equals(roster.principal(key.id(), key.digest()))) {
        end();
      }
    }

    private synchronized void end() {
      if (!over) {
        over = true;
        end.run();
      }
    }

    /** After this it is not ended any more. Waits while it is just being ended. */
    @Override
    public void close() {
      open.remove(this);
      synchronized (this) {
        over = true;
      }
    }
  }
}
