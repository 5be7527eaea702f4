package dev.capstan.cli.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A service that tasks call, and that answers when it is told to: so a task is where its call comes
 * from, and runs again elsewhere when its call comes again. Any thread.
 */
final class HeldCalls implements AutoCloseable {
  /** Many calls come at once, and one that finds no place tries again after a second. */
  private static final int BACKLOG = 1_024;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Long> latest = new ConcurrentHashMap<>();
  private volatile CountDownLatch released = new CountDownLatch(1);

  HeldCalls() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    server.setExecutor(threads);
    server.createContext("/", this::hold);
    server.start();
  }

  /** Where it is. */
  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hold");
  }

  private void hold(HttpExchange call) throws IOException {
    CountDownLatch until = released;
    latest.put(
        String.valueOf(call.getRequestHeaders().getFirst("Idempotency-Key")), System.nanoTime());
    try (call) {
      call.getRequestBody().readAllBytes();
      until.await();
      call.sendResponseHeaders(204, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of each task, when its last call came, by {@link System#nanoTime}. */
  Map<String, Long> latest() {
    return latest;
  }

  /** Answers all calls, and forgets them. Calls that come later are held anew. */
  void release() {
    CountDownLatch those = released;
    released = new CountDownLatch(1);
    latest.clear();
    those.countDown();
  }

  @Override
  public void close() {
    released.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
