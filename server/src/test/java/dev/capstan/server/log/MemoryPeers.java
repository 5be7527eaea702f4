package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/** Replicas that reach each other through memory, unless one of the two is cut off. */
final class MemoryPeers {
  private final Map<String, PeerNetwork.Handler> handlers = new ConcurrentHashMap<>();
  private final Set<String> cut = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("peers-", 0).factory());
  private volatile Way way = MemoryPeers::straight;

  /** What one replica asks another. */
  record Letter(String from, String to, PeerNetwork.Call call, ByteString bytes) {}

  /** What becomes of a letter; whoever throws has lost it, or its answer. */
  interface Way {
    byte[] pass(Letter letter, PeerNetwork.Handler to) throws IOException;
  }

  private static byte[] straight(Letter letter, PeerNetwork.Handler to) throws IOException {
    return to.handle(letter.call(), letter.from(), letter.bytes().toByteArray());
  }

  /** All letters arrive again that are not cut off. */
  void goOn() {
    way = MemoryPeers::straight;
  }

  /** Has all letters that are not cut off go another way from now on. */
  void go(Way another) {
    way = another;
  }

  /** Nobody reaches it any more, and it reaches nobody. */
  void cut(String node) {
    cut.add(node);
  }

  void heal(String node) {
    cut.remove(node);
  }

  /** The network as a node has it that all others answer, with nothing. */
  PeerNetwork answering(String node) {
    for (String other : new String[] {"n2", "n3"}) {
      handlers.put(other, (_, _, _) -> new byte[0]);
    }
    return at(node);
  }

  /** The network as a node has it. */
  PeerNetwork at(String node) {
    return new End(node);
  }

  private final class End implements PeerNetwork {
    private final String self;

    private End(String self) {
      this.self = self;
    }

    @Override
    public void serve(Handler handler) {
      handlers.put(self, handler);
    }

    @Override
    public byte[] call(String node, Call call, byte[] request, Duration timeout)
        throws IOException {
      Handler asked = handler(node);
      // On a thread of the other's: an interrupt here must not close the other's files.
      Letter letter = new Letter(self, node, call, ByteString.copyFrom(request));
      Future<byte[]> answer = threads.submit(() -> way.pass(letter, asked));
      try {
        byte[] bytes = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        Handler _ = handler(node);
        return bytes;
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    private Handler handler(String node) throws IOException {
      Handler handler = handlers.get(node);
      if (handler == null || cut.contains(node) || cut.contains(self)) {
        throw new IOException(self + " does not reach " + node);
      }
      return handler;
    }

    @Override
    public void close() {
      handlers.remove(self);
    }
  }
}
