package dev.capstan.server.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer whose state is the list of all entries, and which checks that its calls come one at a
 * time and in order.
 */
final class RecordingConsumer implements LogConsumer {

  /** An applied entry. */
  record Applied(long index, String text) {}

  private final List<Applied> applied = new ArrayList<>();
  private final List<String> roles = new ArrayList<>();
  private final List<Integer> appliedAtRoleChange = new ArrayList<>();
  private final AtomicBoolean inCall = new AtomicBoolean();
  private Consumer<String> onApply = text -> {};
  private Runnable onFailure = () -> {};
  private volatile @Nullable Throwable failure;
  private int appliedHere;

  /** A consumer with the state another one made durable. */
  static RecordingConsumer with(List<Applied> durable) {
    RecordingConsumer consumer = new RecordingConsumer();
    consumer.applied.addAll(durable);
    return consumer;
  }

  /** Runs something whenever an entry is applied, before it is recorded. */
  RecordingConsumer onApply(Consumer<String> action) {
    onApply = action;
    return this;
  }

  /** Runs something before a failure of the log is recorded. */
  void onFailure(Runnable action) {
    onFailure = action;
  }

  @Override
  public synchronized long appliedIndex() {
    return applied.isEmpty() ? -1 : applied.getLast().index();
  }

  @Override
  public void apply(long index, ByteBuffer entry) {
    exclusively(() -> {
      byte[] bytes = new byte[entry.remaining()];
      entry.get(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      onApply.accept(text);
      synchronized (this) {
        if (index <= appliedIndex()) {
          throw new AssertionError("index " + index + " after " + appliedIndex());
        }
        applied.add(new Applied(index, text));
        appliedHere++;
      }
    });
  }

  @Override
  public void becameLeader(long term) {
    exclusively(() -> role("leader " + term));
  }

  @Override
  public void becameFollower(long term) {
    exclusively(() -> role("follower"));
  }

  private synchronized void role(String role) {
    roles.add(role);
    appliedAtRoleChange.add(applied.size());
  }

  @Override
  public synchronized long checkpoint(Path directory) {
    try {
      Files.createDirectories(directory);
      try (DataOutputStream out =
          new DataOutputStream(Files.newOutputStream(directory.resolve("entries")))) {
        for (Applied entry : applied) {
          out.writeLong(entry.index());
          out.writeUTF(entry.text());
        }
      }
      return appliedIndex();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void install(Path directory) {
    exclusively(() -> read(directory));
  }

  private synchronized void read(Path directory) {
    applied.clear();
    try (DataInputStream in =
        new DataInputStream(Files.newInputStream(directory.resolve("entries")))) {
      while (in.available() > 0) {
        applied.add(new Applied(in.readLong(), in.readUTF()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void failed(Throwable cause) {
    onFailure.run();
    failure = cause;
  }

  private void exclusively(Runnable call) {
    if (!inCall.compareAndSet(false, true)) {
      throw new AssertionError("two calls at a time");
    }
    try {
      call.run();
    } finally {
      inCall.set(false);
    }
  }

  synchronized List<Applied> applied() {
    return List.copyOf(applied);
  }

  synchronized List<String> texts() {
    return applied.stream().map(Applied::text).toList();
  }

  /** Where it has applied an entry; none if it has not. */
  synchronized OptionalLong indexOf(String text) {
    return applied.stream()
        .filter(entry -> entry.text().equals(text))
        .mapToLong(Applied::index)
        .findFirst();
  }

  synchronized List<String> roles() {
    return List.copyOf(roles);
  }

  /** Whether it has been a leader in a term after this one. */
  boolean ledAfter(long term) {
    return roles().stream()
        .filter(role -> role.startsWith("leader "))
        .anyMatch(role -> Long.parseLong(role.substring("leader ".length())) > term);
  }

  /** How many entries had been applied when each role change came. */
  synchronized List<Integer> appliedAtRoleChange() {
    return List.copyOf(appliedAtRoleChange);
  }

  /** Entries applied by calls to this object, without what it began with or had installed. */
  synchronized int appliedHere() {
    return appliedHere;
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
