package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Resources.Resource;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches documents, and keeps a few for a few seconds: many tasks at a time that call one API read
 * its document once. Who has other credentials reads it again. Safe for concurrent use.
 */
final class Documents {

  static final Duration KEPT = Duration.ofSeconds(10);

  static final int MOST_KEPT = 16;

  private static final long MOST_BYTES_KEPT = 32L * 1024 * 1024;

  /** Who waits longer for another one's fetch fetches too: that one's connection may be dead. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A document in a place. All but the lock is guarded by the map of them. */
  private static final class Entry {

    final ReentrantLock loading = new ReentrantLock();
    @Nullable ApiDocument document;
    long loadedAt;
    int bytes;
  }

  private final Resources resources;
  private final int limit;
  private final LongSupplier nanoTime;

  /** By endpoint with its authentication; the one longest unused first. */
  private final Map<JsonNode, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param limit of a document, in bytes
   */
  Documents(Resources resources, int limit, LongSupplier nanoTime) {
    this.resources = resources;
    this.limit = limit;
    this.nanoTime = nanoTime;
  }

  /**
   * The document at an endpoint.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code communication} when the server
   *     does not hand it out, {@code configuration} when it is not one
   */
  ApiDocument get(JsonNode endpoint) throws InterruptedException {
    Entry entry = entry(endpoint);
    ApiDocument fresh = fresh(entry);
    if (fresh != null) {
      return fresh;
    }
    boolean first = entry.loading.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    try {
      ApiDocument meanwhile = fresh(entry);
      return meanwhile == null ? load(endpoint, entry) : meanwhile;
    } finally {
      if (first) {
        entry.loading.unlock();
      }
    }
  }

  private ApiDocument load(JsonNode endpoint, Entry entry) throws InterruptedException {
    Resource resource = resources.find(endpoint, "document.endpoint", limit);
    ApiDocument document = ApiDocument.of(resource.content(), resource.uri());
    synchronized (entries) {
      entry.document = document;
      entry.loadedAt = nanoTime.getAsLong();
      entry.bytes = resource.content().length;
      shrink();
    }
    return document;
  }

  private Entry entry(JsonNode endpoint) {
    synchronized (entries) {
      Entry entry = entries.computeIfAbsent(endpoint, _ -> new Entry());
      shrink();
      return entry;
    }
  }

  private @Nullable ApiDocument fresh(Entry entry) {
    synchronized (entries) {
      boolean old = nanoTime.getAsLong() - entry.loadedAt >= KEPT.toNanos();
      return old ? null : entry.document;
    }
  }

  private void shrink() {
    long bytes = entries.values().stream().mapToLong(entry -> entry.bytes).sum();
    Iterator<Entry> oldest = entries.values().iterator();
    while (entries.size() > 1 && (entries.size() > MOST_KEPT || bytes > MOST_BYTES_KEPT)) {
      bytes -= oldest.next().bytes;
      oldest.remove();
    }
  }
}
