package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.KeySpace;
import io.grpc.Channel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where starts are decided: by the partition that owns the execution, wherever that is led. Any
 * thread.
 *
 * @param leads of the partitions, in order
 * @param lines to other coordinators; null where nothing is sent on
 * @param self what this coordinator is called
 */
public record Ways(KeySpace keys, List<Lead> leads, @Nullable Lines lines, String self) {
  /** Everything is decided here, or refused. */
  public static final Ways HERE = new Ways(KeySpace.ONE, List.of(new Alone()), null, "");

  /**
   * @throws IllegalArgumentException unless there is a lead for each partition
   */
  public Ways {
    if (leads.size() != keys.partitions()) {
      throw new IllegalArgumentException(
          leads.size() + " leads of " + keys.partitions() + " partitions");
    }
    leads = List.copyOf(leads);
  }

  /** Who leads a partition, as far as is known here. Answers at once. */
  public interface Lead {
    /** Whether this coordinator does. */
    boolean isHere();

    /** Whether a leader is known or may soon be; false where this coordinator is cut off. */
    boolean mayBeFound();

    /** The coordinator that does; null while none is known. */
    @Nullable String leader();

    /**
     * For what is read here: completes when it includes everything acknowledged before the call.
     *
     * @return fails with a {@link dev.capstan.server.gateway.Refusal} where nobody confirms that
     */
    CompletableFuture<?> confirm();
  }

  /** Connections to other coordinators. */
  public interface Lines {
    /** One for a stream that is to be opened; null while it is not known where that one is. */
    @Nullable Line take(String coordinator);
  }

  /** A part in a connection. */
  public interface Line {
    /** What to call over. */
    Channel channel();

    /** To be called once, when the stream is over. */
    void release();
  }

  private record Alone() implements Lead {
    @Override
    public boolean isHere() {
      return true;
    }

    @Override
    public boolean mayBeFound() {
      return true;
    }

    @Override
    public @Nullable String leader() {
      return null;
    }

    @Override
    public CompletableFuture<?> confirm() {
      return CompletableFuture.completedFuture(null);
    }
  }

  Lead lead(int partition) {
    return leads.get(partition);
  }

  /** Another coordinator that leads a partition; null while none is known. */
  @Nullable String elsewhere(int partition) {
    String leader = lead(partition).leader();
    return self.equals(leader) ? null : leader;
  }

  /**
   * The partition that is to decide: the one that owns the id; without an id one that is led here,
   * or else one that is led at all.
   */
  int partitionOf(RunRequest request) {
    if (leads.size() == 1) {
      return 0;
    }
    if (!request.getId().isEmpty()) {
      return keys.ownerOf(request.getId());
    }
    int first = ThreadLocalRandom.current().nextInt(leads.size());
    int led = first;
    for (int i = 0; i < leads.size(); i++) {
      int partition = (first + i) % leads.size();
      if (lead(partition).isHere()) {
        return partition;
      }
      if (elsewhere(led) == null) {
        led = partition;
      }
    }
    return led;
  }
}
