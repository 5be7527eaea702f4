package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Requests whose answers come as futures, each on a virtual thread of its own. Any thread. */
final class Calls {
  private final Transport transport;

  Calls(Transport transport) {
    this.transport = transport;
  }

  CompletableFuture<Transport.Answer> send(Request request) {
    return submit(() -> transport.send(request));
  }

  <R extends Record> CompletableFuture<R> one(String path, Class<R> type) {
    return send(Request.get(path)).thenApply(answer -> answer.as(type));
  }

  <R extends Record> CompletableFuture<List<R>> list(String path, String member, Class<R> type) {
    return send(Request.get(path)).thenApply(answer -> items(answer.json().path(member), type));
  }

  <R extends Record> CompletableFuture<Page<R>> page(String path, String member, Class<R> type) {
    return send(Request.get(path))
        .thenApply(answer -> {
          JsonNode json = answer.json();
          JsonNode next = json.path("next");
          return new Page<>(
              items(json.path(member), type),
              next.isValueNode() && !next.isNull() ? next.asText() : null);
        });
  }

  static <R extends Record> List<R> items(JsonNode array, Class<R> type) {
    List<R> items = new ArrayList<>(array.size());
    array.forEach(item -> items.add(Transport.read(item, type)));
    return items;
  }

  /** Something that blocks. */
  interface Blocking<T> {
    T run() throws InterruptedException;
  }

  /** Runs it on a virtual thread that ends when nobody waits any more. */
  static <T> CompletableFuture<T> submit(Blocking<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .name("capstan-client")
            .unstarted(() -> {
              try {
                result.complete(work.run());
              } catch (InterruptedException e) {
                result.cancel(false);
              } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            });
    var _ =
        result.whenComplete((_, _) -> {
          if (result.isCancelled()) {
            thread.interrupt();
          }
        });
    thread.start();
    return result;
  }
}
