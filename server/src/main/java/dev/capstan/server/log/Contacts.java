package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A network that remembers when each of the others was heard of last. Safe for any thread. */
final class Contacts implements PeerNetwork {
  private final PeerNetwork network;
  private final LongSupplier clock;
  private final Map<String, Long> heardAtNanos = new ConcurrentHashMap<>();

  /**
   * @param clock nanoseconds that only grow, as {@link System#nanoTime}
   */
  Contacts(PeerNetwork network, LongSupplier clock) {
    this.network = network;
    this.clock = clock;
  }

  /**
   * Whether this node and those it has heard of lately are a majority of these nodes.
   *
   * @param members this node among them
   */
  boolean isMajority(Collection<String> members, String self, Duration lately) {
    long now = clock.getAsLong();
    long present =
        members.stream()
            .filter(member -> member.equals(self) || isHeard(member, now, lately.toNanos()))
            .count();
    return present > members.size() / 2;
  }

  private boolean isHeard(String node, long now, long nanos) {
    Long heard = heardAtNanos.get(node);
    return heard != null && now - heard < nanos;
  }

  private void hear(@Nullable String node) {
    if (node != null) {
      heardAtNanos.put(node, clock.getAsLong());
    }
  }

  @Override
  public void onDisconnect(Consumer<String> listener) {
    network.onDisconnect(listener);
  }

  @Override
  public boolean isGone(String node) {
    return network.isGone(node);
  }

  @Override
  public void serve(Handler handler) throws IOException {
    network.serve((call, caller, request) -> {
      hear(caller);
      return handler.handle(call, caller, request);
    });
  }

  @Override
  public byte[] call(String node, Call call, byte[] request, Duration timeout) throws IOException {
    byte[] answer = network.call(node, call, request, timeout);
    hear(node);
    return answer;
  }

  @Override
  public void close() {
    network.close();
  }
}
