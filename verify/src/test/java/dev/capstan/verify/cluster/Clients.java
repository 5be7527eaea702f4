package dev.capstan.verify.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that start executions, each one after the other, at any coordinator. What is refused for
 * now or lost on the way is sent again, with its id, to the next one. A request that is rejected
 * for good is a fault of the cluster: it is recorded, and all clients stop.
 */
final class Clients implements AutoCloseable {
  private static final List<String> DEFINITIONS = List.of("steps", "branches", "waits");
  private static final int TOO_MUCH_AT_A_TIME = 429;

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final List<URI> doors;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, String> acknowledged = new ConcurrentSkipListMap<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger again = new AtomicInteger();
  private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong longestGapNanos = new AtomicLong();
  private final List<String> rejections = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  Clients(List<URI> doors, int count) {
    this.doors = doors;
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofVirtual().start(this::send));
    }
  }

  /** Ids whose start was acknowledged, with the name of their definition. */
  Map<String, String> acknowledged() {
    return acknowledged;
  }

  int sent() {
    return sent.get();
  }

  /** How many times something was sent again. */
  int again() {
    return again.get();
  }

  /** What coordinators had against requests that nothing is wrong with. */
  List<String> rejections() {
    return rejections;
  }

  /** The longest time without an acknowledgement since this was asked last. */
  Duration longestGap() {
    return Duration.ofNanos(longestGapNanos.getAndSet(0));
  }

  private void send() {
    while (!stopped && rejections.isEmpty()) {
      int number = sent.incrementAndGet();
      String name = DEFINITIONS.get(number % DEFINITIONS.size());
      String id = "x-%06d".formatted(number);
      String body =
          "{\"workflow\":{\"namespace\":\"crash\",\"name\":\"%s\"},\"id\":\"%s\",\"input\":{\"number\":%d}}"
              .formatted(name, id, number);
      for (int turn = number; !stopped && rejections.isEmpty(); turn++) {
        if (isAcknowledged(doors.get(turn % doors.size()), body)) {
          acknowledged.put(id, name);
          noteGap();
          break;
        }
        again.incrementAndGet();
      }
    }
  }

  private boolean isAcknowledged(URI door, String body) {
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(door.resolve("/v1/executions"))
                  .timeout(Duration.ofSeconds(10))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (isForGood(response.statusCode())) {
        rejections.add(door + " answered " + body + ": " + response.body());
      }
      return response.statusCode() < 400;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean isForGood(int status) {
    return status >= 400 && status < 500 && status != TOO_MUCH_AT_A_TIME;
  }

  private void noteGap() {
    long now = System.nanoTime();
    long gap = now - lastNanos.getAndSet(now);
    longestGapNanos.accumulateAndGet(gap, Math::max);
  }

  /** Sends nothing more; returns when all have got an answer. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
