package dev.capstan.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.MemoryGateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.metrics.Metrics;
import io.grpc.Channel;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Coordinators that serve starts with real servers, and a test that says who leads what. */
final class GrpcCoordinators implements AutoCloseable {
  static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> FORWARDED =
      Metadata.Key.of("capstan-forwarded-by", Metadata.ASCII_STRING_MARSHALLER);
  static final int OUTSTANDING = 10_000;
  static final int KEPT = 1 << 20;

  private final KeySpace keys;
  private final Map<Integer, String> leaders = new ConcurrentHashMap<>();
  private final Map<String, Member> members = new TreeMap<>();
  private volatile boolean cutOff;

  GrpcCoordinators(int partitions, String... names) throws IOException {
    keys = new KeySpace(partitions);
    for (String name : names) {
      members.put(name, new Member(name));
    }
  }

  Member member(String name) {
    Member found = members.get(name);
    if (found == null) {
      throw new AssertionError("there is no " + name);
    }
    return found;
  }

  /** A coordinator leads a partition from now on, as all know at once; null: nobody does. */
  void leads(int partition, @Nullable String name) {
    if (name == null) {
      leaders.remove(partition);
    } else {
      leaders.put(partition, name);
    }
  }

  /** No leader is known, nor will one be. */
  void cutOff() {
    cutOff = true;
  }

  @Override
  public void close() {
    members.values().forEach(Member::close);
  }

  /** One coordinator. */
  final class Member implements Ways.Lines, ServerInterceptor, AutoCloseable {
    final MemoryGateway gateway = new MemoryGateway();
    final List<Metadata> calls = new CopyOnWriteArrayList<>();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger messages = new AtomicInteger();
    final AtomicInteger linesTaken = new AtomicInteger();

    /** What another one believes of all partitions, if it differs from what is so. */
    volatile @Nullable String believes;

    private final String name;
    private final Metrics metrics = new Metrics("test");
    private final Server server;
    private final ManagedChannel channel;

    private Member(String name) throws IOException {
      this.name = name;
      String address = name + "-" + System.identityHashCode(GrpcCoordinators.this);
      List<Ways.Lead> leads =
          IntStream.range(0, keys.partitions()).<Ways.Lead>mapToObj(this::lead).toList();
      ExecutionsService service =
          new ExecutionsService(
              new RunStream.Shared(
                  gateway, new Ways(keys, leads, this, name), OUTSTANDING, new KeptBytes(KEPT)),
              () -> Principal.LOCAL,
              metrics);
      server =
          InProcessServerBuilder.forName(address)
              .addService(ServerInterceptors.intercept(service.bound(), this))
              .build()
              .start();
      channel = InProcessChannelBuilder.forName(address).build();
      assertThat(
              gateway.deploy(Principal.LOCAL, "document: {namespace: shop, name: order}", "test"))
          .isCompleted();
    }

    private Ways.Lead lead(int partition) {
      return new Ways.Lead() {
        @Override
        public boolean isHere() {
          return name.equals(leader());
        }

        @Override
        public boolean mayBeFound() {
          return !cutOff;
        }

        @Override
        public @Nullable String leader() {
          String belief = believes;
          return belief == null ? leaders.get(partition) : belief;
        }

        @Override
        public CompletableFuture<?> confirm() {
          return CompletableFuture.completedFuture(null);
        }
      };
    }

    RunClient client() {
      return client(new RunClient());
    }

    RunClient client(RunClient client) {
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer of-the-client");
      ExecutionsGrpc.newStub(channel)
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .run(client);
      return client;
    }

    String scrape() {
      return metrics.scrape();
    }

    @Override
    public Ways.@Nullable Line take(String coordinator) {
      linesTaken.incrementAndGet();
      Channel way = member(coordinator).channel;
      return new Ways.Line() {
        @Override
        public Channel channel() {
          return way;
        }

        @Override
        public void release() {
          linesTaken.decrementAndGet();
        }
      };
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      calls.add(headers);
      open.incrementAndGet();
      ServerCall.Listener<Q> listener =
          next.startCall(
              new ForwardingServerCall.SimpleForwardingServerCall<Q, A>(call) {
                @Override
                public void sendMessage(A message) {
                  messages.incrementAndGet();
                  super.sendMessage(message);
                }
              },
              headers);
      return new ForwardingServerCallListener.SimpleForwardingServerCallListener<Q>(listener) {
        @Override
        public void onCancel() {
          open.decrementAndGet();
          super.onCancel();
        }

        @Override
        public void onComplete() {
          open.decrementAndGet();
          super.onComplete();
        }
      };
    }

    /** Dies: all its streams break. */
    void kill() {
      server.shutdownNow();
    }

    @Override
    public void close() {
      channel.shutdownNow();
      server.shutdownNow();
      metrics.close();
    }
  }
}
