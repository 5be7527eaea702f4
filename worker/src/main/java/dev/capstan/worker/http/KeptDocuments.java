package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads documents, and keeps a few for a few seconds: many tasks at a time that call one API read
 * its document once. Who has other credentials reads it again. Safe for concurrent use.
 */
public final class KeptDocuments<T> {

  /** How long a document is taken for true. */
  public static final Duration KEPT = Duration.ofSeconds(10);

  /** How many are kept at most. */
  public static final int MOST_KEPT = 16;

  private static final long MOST_BYTES_KEPT = 32L * 1024 * 1024;

  /** Who waits longer for another one's fetch fetches too: that one's connection may be dead. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * What was read.
   *
   * @param bytes that it was made of
   */
  public record Document<T>(T content, long bytes) {}

  /** Reads the document at an endpoint. */
  public interface Reader<T> {

    /**
     * The document now.
     *
     * @throws dev.capstan.worker.executor.TaskFault when there is none
     */
    Document<T> read(JsonNode endpoint) throws InterruptedException;
  }

  /** A document in a place. All but the lock is guarded by the map of them. */
  private static final class Entry<T> {

    final ReentrantLock loading = new ReentrantLock();
    @Nullable T content;
    long loadedAt;
    long bytes;
  }

  private final Reader<T> reader;
  private final LongSupplier nanoTime;

  /** By endpoint with its authentication; the one longest unused first. */
  private final Map<JsonNode, Entry<T>> entries = new LinkedHashMap<>(16, 0.75f, true);

  public KeptDocuments(Reader<T> reader, LongSupplier nanoTime) {
    this.reader = reader;
    this.nanoTime = nanoTime;
  }

  /**
   * The document at an endpoint.
   *
   * @throws dev.capstan.worker.executor.TaskFault when it has to be read and can't be
   */
  public T get(JsonNode endpoint) throws InterruptedException {
    Entry<T> entry = entry(endpoint);
    T fresh = fresh(entry);
    if (fresh != null) {
      return fresh;
    }
    boolean first = entry.loading.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    try {
      T meanwhile = fresh(entry);
      return meanwhile == null ? load(endpoint, entry) : meanwhile;
    } finally {
      if (first) {
        entry.loading.unlock();
      }
    }
  }

  private T load(JsonNode endpoint, Entry<T> entry) throws InterruptedException {
    Document<T> document = reader.read(endpoint);
    synchronized (entries) {
      entry.content = document.content();
      entry.loadedAt = nanoTime.getAsLong();
      entry.bytes = document.bytes();
      shrink();
    }
    return document.content();
  }

  private Entry<T> entry(JsonNode endpoint) {
    synchronized (entries) {
      Entry<T> entry = entries.computeIfAbsent(endpoint, _ -> new Entry<>());
      shrink();
      return entry;
    }
  }

  private @Nullable T fresh(Entry<T> entry) {
    synchronized (entries) {
      boolean old = nanoTime.getAsLong() - entry.loadedAt >= KEPT.toNanos();
      return old ? null : entry.content;
    }
  }

  private void shrink() {
    long bytes = entries.values().stream().mapToLong(entry -> entry.bytes).sum();
    Iterator<Entry<T>> oldest = entries.values().iterator();
    while (entries.size() > 1 && (entries.size() > MOST_KEPT || bytes > MOST_BYTES_KEPT)) {
      bytes -= oldest.next().bytes;
      oldest.remove();
    }
  }
}
