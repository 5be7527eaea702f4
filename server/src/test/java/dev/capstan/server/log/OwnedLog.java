package dev.capstan.server.log;

import dev.capstan.node.env.DataDirectory;
import java.util.concurrent.CompletableFuture;

/** A log that closes the library and the directory with itself. */
record OwnedLog(ReplicatedLog log, RatisLogs logs, DataDirectory data) implements ReplicatedLog {
  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    return log.propose(entry);
  }

  @Override
  public LogRole role() {
    return log.role();
  }

  @Override
  public CompletableFuture<Long> barrier() {
    return log.barrier();
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    return log.snapshot();
  }

  @Override
  public LogStatus status() {
    return log.status();
  }

  @Override
  public void close() {
    logs.close();
    data.close();
  }
}
