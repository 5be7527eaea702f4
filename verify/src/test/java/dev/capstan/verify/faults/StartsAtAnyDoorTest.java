package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionStream;
import dev.capstan.client.ExecutionStream.Outcome;
import dev.capstan.client.ExecutionStream.Start;
import dev.capstan.client.ExecutionStream.Submitted;
import dev.capstan.client.Partition;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.security.identity.Role;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams of starts over TLS and with an API key, at coordinators that lead nothing, one thing or
 * all.
 */
class StartsAtAnyDoorTest {
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");
  private static final WorkflowName WORKFLOW = new WorkflowName("faults", "door", null);
  private static final int BEFORE = 40;
  private static final int AFTER = 40;

  /** Long enough that some run while a leader dies. */
  private static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: faults, name: door, version: '1.0.0'}
      do:
        - first: {call: 'capstan:noop', with: {output: quick}}
        - pause: {wait: {milliseconds: 700}}
        - last: {set: {done: true}}
      """;

  @TempDir Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private Fleet fleet(int partitions) throws Exception {
    Fleet fleet = new Fleet(directory.resolve("fleet"), 3, 1, partitions);
    open.add(fleet);
    Object _ = CapstanClient.await(fleet.view().client().deploy(DEFINITION, "door.yaml"));
    return fleet;
  }

  private ExecutionStream stream(Fleet fleet, String coordinator) {
    Credential credential = fleet.credential();
    NodeTrust trust =
        NodeTrust.of(credential.cluster(), List.of(credential.authority()))
            .only(Role.COORDINATOR)
            .build();
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + credential.key());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                fleet.grpc(coordinator).host(), fleet.grpc(coordinator).port())
            .sslContext(Tls.grpcClient(NodeKeys.none(), trust))
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
    open.add(channel::shutdownNow);
    return ExecutionStream.open(channel, 1_000);
  }

  private static Start start(@Nullable String id) {
    return new Start(WORKFLOW, id, null);
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(90, TimeUnit.SECONDS);
  }

  private static String leader(Fleet fleet, int partition) {
    CapstanClient client = fleet.view().client();
    return Awaitility.await()
        .atMost(ClusterView.PATIENCE)
        .ignoreException(CapstanException.Unavailable.class)
        .until(
            () ->
                CapstanClient.await(client.partitions()).stream()
                    .filter(each -> each.id() == partition)
                    .map(Partition::leader)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(""),
            name -> !name.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void nothingThatWasAcceptedIsLostWhenALeaderDies(int partitions) throws Exception {
    Fleet fleet = fleet(partitions);
    for (String coordinator : COORDINATORS) {
      ExecutionStream stream = stream(fleet, coordinator);
      Submitted both = stream.submit(start("both-" + coordinator));
      CompletableFuture<String> started = stream.start(start(null));
      CompletableFuture<Outcome> ended = stream.run(start(null));
      assertThat(done(both.accepted())).isEqualTo("both-" + coordinator);
      assertThat(done(started)).isNotEmpty();
      assertThat(done(both.ended()).status()).isEqualTo("completed");
      assertThat(done(ended).status()).isEqualTo("completed");
      done(stream.complete());
    }
    String leader = leader(fleet, 0);
    String door =
        COORDINATORS.stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();

    ExecutionStream stream = stream(fleet, door);
    List<Submitted> named = new ArrayList<>();
    List<Submitted> unnamed = new ArrayList<>();
    for (int i = 0; i < BEFORE; i++) {
      named.add(stream.submit(start("before-" + i)));
      unnamed.add(stream.submit(start(null)));
    }
    for (Submitted each : named) {
      assertThat(done(each.accepted())).isNotEmpty();
    }
    for (int i = 0; i < AFTER; i++) {
      named.add(stream.submit(start("after-" + i)));
      unnamed.add(stream.submit(start(null)));
    }
    fleet.kill(leader);
    for (int i = 0; i < AFTER; i++) {
      named.add(stream.submit(start("dead-" + i)));
      unnamed.add(stream.submit(start(null)));
    }

    for (Submitted each : named) {
      assertThat(done(each.ended()).status()).isEqualTo("completed");
    }
    for (Submitted each : unnamed) {
      assertEndedOrUnknown(each);
    }
    assertThat(stream.inFlight()).isZero();
    done(stream.complete());
    for (Submitted each : named) {
      String id = done(each.accepted());
      assertThat(CapstanClient.await(fleet.view().client().execution(id)).status())
          .isEqualTo("completed");
    }
  }

  /** Whoever sends it again has said the same: the latest version is left to the engine. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aStartThatIsSentAgainIsTheSameAlsoWhenAnotherVersionIsTheLatestByThen(int partitions)
      throws Exception {
    Fleet fleet = fleet(partitions);
    List<String> streamed = List.of("over-grpc-1", "over-grpc-2", "over-grpc-3");
    List<String> posted = List.of("over-http-1", "over-http-2", "over-http-3");
    CapstanClient client = fleet.view().client();
    ExecutionStream stream = stream(fleet, COORDINATORS.getFirst());
    for (String id : streamed) {
      assertThat(done(stream.start(start(id)))).isEqualTo(id);
    }
    for (String id : posted) {
      Execution started = CapstanClient.await(client.start(StartRequest.of(WORKFLOW).withId(id)));
      assertThat(started.id()).isEqualTo(id);
    }
    StartRequest keyed = StartRequest.of(WORKFLOW).withIdempotencyKey("door-key");
    String byKey = CapstanClient.await(client.start(keyed)).id();

    Object _ =
        CapstanClient.await(client.deploy(DEFINITION.replace("1.0.0", "1.1.0"), "door.yaml"));

    for (int i = 0; i < COORDINATORS.size(); i++) {
      CapstanClient door = fleet.view().each().get(i);
      ExecutionStream again = stream(fleet, COORDINATORS.get(i));
      for (String id : streamed) {
        assertThat(done(again.start(start(id)))).isEqualTo(id);
        assertThat(done(again.submit(start(id)).ended()).status()).isEqualTo("completed");
      }
      for (String id : posted) {
        Execution same = CapstanClient.await(door.start(StartRequest.of(WORKFLOW).withId(id)));
        assertThat(same.workflow().version()).isEqualTo("1.0.0");
      }
      assertThat(CapstanClient.await(door.start(keyed)).id()).isEqualTo(byKey);
      WorkflowName newer = new WorkflowName("faults", "door", "1.1.0");
      StartRequest other = StartRequest.of(newer).withId(posted.getFirst());
      assertThatThrownBy(() -> CapstanClient.await(door.start(other)))
          .isInstanceOfSatisfying(
              CapstanException.class, refused -> assertThat(refused.code()).isEqualTo("CAP-2005"));
    }
  }

  /** Without an id nobody may send a start again of which nothing was heard. */
  private static void assertEndedOrUnknown(Submitted each) throws Exception {
    try {
      Object _ = each.accepted().orTimeout(90, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      assertThat(e.getCause())
          .isInstanceOfSatisfying(
              CapstanException.class, unknown -> assertThat(unknown.code()).isEqualTo("CAP-6003"));
      return;
    }
    assertThat(done(each.ended()).status()).isEqualTo("completed");
  }
}
