package dev.capstan.server.nodes;

import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A partition without executions: rows in memory, and a record of what nodes told it. */
final class RecordingPartition implements PartitionRequests {
  record Lost(String node, long epoch, String reason) {}

  final List<Command> reports = new CopyOnWriteArrayList<>();
  final List<Lost> lost = new CopyOnWriteArrayList<>();
  final List<String> audits = new CopyOnWriteArrayList<>();
  final AtomicInteger slotsFreed = new AtomicInteger();
  private final Map<byte[], byte[]> nodes = new TreeMap<>(Arrays::compareUnsigned);

  synchronized Map<byte[], byte[]> rows() {
    Map<byte[], byte[]> copy = new TreeMap<>(Arrays::compareUnsigned);
    copy.putAll(nodes);
    return copy;
  }

  synchronized void load(Map<byte[], byte[]> rows) {
    nodes.putAll(rows);
  }

  @Override
  public CompletableFuture<Started> start(Start request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Summary> command(String execution, Command command, String principal, String operation) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void report(Command report, String execution) {
    reports.add(report);
  }

  @Override
  public CompletableFuture<Integer> publish(List<CloudEvent> events, String principal) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized <T> CompletableFuture<T> transact(Transaction<T> transaction) {
    View view = new View();
    T result;
    try {
      result = transaction.run(view);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    for (Change change : view.changes) {
      switch (change) {
        case Change.Put put -> nodes.put(put.key(), put.value());
        case Change.Delete delete -> nodes.remove(delete.key());
        case Change.DeleteRange _ -> throw new UnsupportedOperationException();
      }
    }
    return CompletableFuture.completedFuture(result);
  }

  @Override
  public void slotsFreed() {
    slotsFreed.incrementAndGet();
  }

  @Override
  public void sessionLost(String node, long epoch, String reason) {
    lost.add(new Lost(node, epoch, reason));
  }

  private final class View implements TransactionView {
    private final List<Change> changes = new ArrayList<>();

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      return nodes.get(key);
    }

    @Override
    public void write(Change change) {
      changes.add(change);
    }

    @Override
    public void audit(String principal, String operation, String object, String result, @Nullable String detail) {
      audits.add(operation + " " + object);
    }

    @Override
    public void start(Start request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void afterCommit(Runnable action) {
      throw new UnsupportedOperationException();
    }
  }
}
