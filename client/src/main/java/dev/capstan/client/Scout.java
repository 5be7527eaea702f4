package dev.capstan.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who leads when the server that all callers use is gone: one question for all of them.
 * Otherwise they would all go to a server that has to send them on, each with a connection of its
 * own, and then to the next, in the moment when the cluster has most to do. Safe for any thread.
 */
final class Scout {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Answers of one round that are later count in the next. */
  private static final Duration ROUND = Duration.ofMillis(200);

  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int OK = 200;

  private final HttpClient http;
  private final List<String> servers;
  private final Map<String, CompletableFuture<Optional<String>>> searches =
      new ConcurrentHashMap<>();

  Scout(HttpClient http, List<String> servers) {
    this.http = http;
    this.servers = List.copyOf(servers);
  }

  /**
   * The server that leads, which is this one if it is back; null if none was found in a few
   * seconds. Blocks; callers that ask meanwhile get the same answer.
   */
  @Nullable String insteadOf(String gone) throws InterruptedException {
    CompletableFuture<Optional<String>> fresh = new CompletableFuture<>();
    CompletableFuture<Optional<String>> search =
        searches.computeIfAbsent(
            gone,
            _ -> {
              Thread.ofVirtual().name("capstan-scout").start(() -> search(gone, fresh));
              return fresh;
            });
    try {
      return search.get().orElse(null);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a search that never fails", e);
    }
  }

  private void search(String gone, CompletableFuture<Optional<String>> result) {
    Optional<String> found = Optional.empty();
    BlockingQueue<Said> answers = new LinkedBlockingQueue<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (found.isEmpty() && System.nanoTime() - end < 0) {
        servers.forEach(server -> ask(server, answers));
        found = hear(gone, answers);
        if (found.isEmpty()) {
          Thread.sleep(PAUSE);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      searches.remove(gone, result);
      result.complete(found);
    }
  }

  /** Whom a server takes for the leader; empty for nobody. */
  private record Said(String server, Optional<String> leader) {}

  private void ask(String server, BlockingQueue<Said> answers) {
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(server + "/readyz")).timeout(PATIENCE).build();
    CompletableFuture<?> _ =
        http.sendAsync(question, BodyHandlers.discarding())
            .handle((answer, _) -> answers.add(new Said(server, leader(server, answer))));
  }

  private static Optional<String> leader(String server, @Nullable HttpResponse<Void> answer) {
    if (answer == null) {
      return Optional.empty();
    }
    Optional<String> another = answer.headers().firstValue(Transport.LEADER);
    return another.isPresent() || answer.statusCode() != OK ? another : Optional.of(server);
  }

  /**
   * The first of the answers that names a leader; who still believes in the gone one knows none.
   */
  private Optional<String> hear(String gone, BlockingQueue<Said> answers)
      throws InterruptedException {
    long end = System.nanoTime() + ROUND.toNanos();
    for (int heard = 0; heard < servers.size(); heard++) {
      Said said = answers.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (said == null) {
        break;
      }
      Optional<String> leader =
          said.leader().filter(each -> !each.equals(gone) || said.server().equals(gone));
      if (leader.isPresent() && servers.contains(leader.get())) {
        return leader;
      }
    }
    return Optional.empty();
  }
}
