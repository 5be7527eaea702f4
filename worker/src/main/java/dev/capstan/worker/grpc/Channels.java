package dev.capstan.worker.grpc;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Connections to services, shared by the calls of a node, closed half a minute after the last one.
 * Safe for concurrent use.
 */
final class Channels implements AutoCloseable {

  static final int MOST_UNUSED = 16;

  private static final int IDLE_SECONDS = 30;

  /** A channel in use. Closed by who has it. */
  final class Lease implements AutoCloseable {

    private final Shared shared;

    private Lease(Shared shared) {
      this.shared = shared;
    }

    Channel channel() {
      return shared.channel;
    }

    @Override
    public void close() {
      release(shared);
    }
  }

  /** All but the channel is guarded by the channels. */
  private static final class Shared {

    final ManagedChannel channel;
    int users;
    boolean dropped;

    Shared(ManagedChannel channel) {
      this.channel = channel;
    }
  }

  private final int messageBytes;
  private final String userAgent;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** The one longest unused first. */
  private final Map<Target, Shared> shared = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Channels that take messages up to a size.
   *
   * @param messageBytes largest message that is received
   * @param userAgent told to servers
   */
  Channels(int messageBytes, String userAgent) {
    this.messageBytes = messageBytes;
    this.userAgent = userAgent;
  }

  synchronized Lease lease(Target target) {
    Shared found = shared.get(target);
    if (found != null && found.channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      // It would refuse calls until its own time for another try has come.
      shared.remove(target);
      drop(found);
      found = null;
    }
    if (found == null) {
      found = new Shared(open(target));
      shared.put(target, found);
    }
    found.users++;
    shrink();
    return new Lease(found);
  }

  private synchronized void release(Shared used) {
    used.users--;
    if (used.dropped) {
      drop(used);
    } else {
      shrink();
    }
  }

  private void shrink() {
    Iterator<Shared> oldest = shared.values().iterator();
    while (shared.size() > MOST_UNUSED && oldest.hasNext()) {
      Shared each = oldest.next();
      if (each.users == 0) {
        oldest.remove();
        drop(each);
      }
    }
  }

  private static void drop(Shared unused) {
    unused.dropped = true;
    if (unused.users == 0) {
      var _ = unused.channel.shutdown();
    }
  }

  private ManagedChannel open(Target target) {
    var credentials =
        target.tls() ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
    return Grpc.newChannelBuilderForAddress(target.host(), target.port(), credentials)
        .maxInboundMessageSize(messageBytes)
        .userAgent(userAgent)
        .idleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
        .disableServiceConfigLookUp()
        .executor(threads)
        .build();
  }

  @Override
  public synchronized void close() {
    shared.values().forEach(each -> each.channel.shutdownNow());
    shared.clear();
    threads.shutdown();
  }
}
