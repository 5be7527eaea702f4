package dev.capstan.server.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams that are open, so that all can be ended when the server stops. */
final class OpenStreams implements AutoCloseable {
  private final Set<Runnable> enders = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Remembers how to end a stream until the result is closed. */
  Registration add(Runnable ender) {
    enders.add(ender);
    if (closed) {
      ender.run();
    }
    return () -> enders.remove(ender);
  }

  int count() {
    return enders.size();
  }

  @Override
  public void close() {
    closed = true;
    enders.forEach(Runnable::run);
  }

  /** Forgets the stream when closed. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }
}
