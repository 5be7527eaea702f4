package dev.capstan.server.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Passes every call on, so that a test can step in between. */
class ForwardingConsumer implements LogConsumer {
  private final LogConsumer inner;

  ForwardingConsumer(LogConsumer inner) {
    this.inner = inner;
  }

  @Override
  public long appliedIndex() {
    return inner.appliedIndex();
  }

  @Override
  public void apply(long index, ByteBuffer entry) {
    inner.apply(index, entry);
  }

  @Override
  public void becameLeader(long term) {
    inner.becameLeader(term);
  }

  @Override
  public void becameFollower(long term) {
    inner.becameFollower(term);
  }

  @Override
  public long checkpoint(Path directory) {
    return inner.checkpoint(directory);
  }

  @Override
  public void install(Path directory) {
    inner.install(directory);
  }

  @Override
  public void failed(Throwable cause) {
    inner.failed(cause);
  }
}
