package dev.capstan.server.post;

import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A partition as this coordinator has it, whether it is led here or not. Any thread. */
public interface Branch {
  /** Which one it is, from 0. */
  int number();

  /** Whether it is led here. */
  boolean isHere();

  /** The coordinator that leads it, as far as this one knows. */
  @Nullable String leader();

  /** The coordinators that have a replica of it. */
  List<String> members();

  /** As {@link dev.capstan.server.log.ReplicatedLog#barrier}. */
  CompletableFuture<Long> barrier();

  /** Completes when the replica here has applied an entry of its log. */
  CompletableFuture<Long> applied(long index);

  /** As {@link dev.capstan.server.partition.Partition#deliver}. */
  CompletableFuture<Void> deliver(Message message);

  /** As {@link dev.capstan.server.partition.Partition#take}. */
  CompletableFuture<Integer> take(CloudEvent event);
}
