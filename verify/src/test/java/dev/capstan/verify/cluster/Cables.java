package dev.capstan.verify.cluster;

import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The ways of coordinators to each other, each of which can be cut: what is asked over one then is
 * never answered, and nobody is told. Safe for any thread.
 */
final class Cables {
  private final Set<Set<String>> cut = new HashSet<>();

  /** These two reach each other no more, and both reach all others. */
  synchronized void cut(String one, String other) {
    cut.add(Set.of(one, other));
  }

  private synchronized boolean isCut(String one, String other) {
    return cut.contains(Set.of(one, other));
  }

  /** All reach each other again. */
  synchronized void heal() {
    cut.clear();
    notifyAll();
  }

  private synchronized void awaitHealed(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    long left = atMost.toNanos();
    while (!cut.isEmpty() && left > 0) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
  }

  /** The network of a coordinator over these. */
  PeerNetwork of(String self, PeerNetwork network) {
    return new End(self, network);
  }

  private final class End implements PeerNetwork {
    private final String self;
    private final PeerNetwork network;

    private End(String self, PeerNetwork network) {
      this.self = self;
      this.network = network;
    }

    @Override
    public void onDisconnect(Consumer<String> listener) {
      network.onDisconnect(listener);
    }

    @Override
    public boolean isGone(String node) {
      return !isCut(self, node) && network.isGone(node);
    }

    @Override
    public void serve(Handler handler) throws IOException {
      network.serve(handler);
    }

    @Override
    public byte[] call(String node, Call call, byte[] request, Duration timeout)
        throws IOException {
      try {
        if (isCut(self, node)) {
          awaitHealed(timeout);
          throw new IOException(self + " does not reach " + node);
        }
        byte[] answer = network.call(node, call, request, timeout);
        if (isCut(self, node)) {
          throw new IOException(self + " is not reached by " + node);
        }
        return answer;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
