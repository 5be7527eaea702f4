package dev.capstan.security.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real handshakes between gRPC on Netty and itself. */
class GrpcTlsTest {
  private static final String W1 = NodeIdentity.worker("prod", "w1").uri();

  private final TestCluster prod = new TestCluster("prod");
  private final TestCluster other = new TestCluster("prod");
  private final Set<NodeIdentity> evicted = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<RefusedPeerException> refused = new LinkedBlockingQueue<>();
  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    servers.forEach(Server::shutdownNow);
  }

  @Test
  void aMethodKnowsWhoCalls() throws Exception {
    int port = serve(trust(), ClientCertificates.REQUIRED);
    assertThat(Whoami.once(channel(port, prod.worker("w1")))).isEqualTo(W1);
    assertThat(Whoami.once(channel(port, prod.coordinator("c2")))).endsWith("/role/coordinator");
  }

  @Test
  void aClientOfAnotherAuthorityIsRefused() throws Exception {
    int port = serve(trust(), ClientCertificates.REQUIRED);
    assertRefused(channel(port, other.worker("w1")), Reason.UNKNOWN_AUTHORITY);
  }

  @Test
  void aClientOfAnotherClusterIsRefused() throws Exception {
    NodeTrust.Builder test = NodeTrust.of("test", prod.roots());
    int port = serve(watched(test), ClientCertificates.REQUIRED);
    assertRefused(channel(port, prod.worker("w1")), Reason.OTHER_CLUSTER);
  }

  @Test
  void aWorkerIsRefusedWhereOnlyCoordinatorsMayBe() throws Exception {
    int port = serve(trust().only(Role.COORDINATOR), ClientCertificates.REQUIRED);
    assertRefused(channel(port, prod.worker("w1")), Reason.WRONG_ROLE);
  }

  @Test
  void anExpiredClientIsRefused() throws Exception {
    InstantSource tomorrow = InstantSource.fixed(TestCluster.NOW.plus(Duration.ofHours(25)));
    int port = serve(trust().clock(tomorrow), ClientCertificates.REQUIRED);
    assertRefused(channel(port, prod.worker("w1")), Reason.EXPIRED);
  }

  @Test
  void aClientOfTheFutureIsRefused() throws Exception {
    InstantSource yesterday = InstantSource.fixed(TestCluster.NOW.minus(Duration.ofDays(1)));
    int port = serve(trust().clock(yesterday), ClientCertificates.REQUIRED);
    assertRefused(channel(port, prod.worker("w1")), Reason.NOT_YET_VALID);
  }

  @Test
  void aClientWithoutCertificateIsRefusedWhereOneIsRequired() throws Exception {
    int port = serve(trust(), ClientCertificates.REQUIRED);
    ManagedChannel nobody = channel(port, NodeKeys.none(), prod.trust().build());
    assertThatThrownBy(() -> Whoami.once(nobody)).isInstanceOf(StatusRuntimeException.class);
  }

  @Test
  void aClientWithoutCertificateIsNobodyWhereNoneIsRequired() throws Exception {
    int port = serve(trust(), ClientCertificates.OPTIONAL);
    ManagedChannel nobody = channel(port, NodeKeys.none(), prod.trust().build());
    assertThat(Whoami.once(nobody)).isEqualTo(Whoami.NOBODY);
    assertThat(Whoami.once(channel(port, prod.worker("w1")))).isEqualTo(W1);
    assertRefused(channel(port, other.worker("w1")), Reason.UNKNOWN_AUTHORITY);
  }

  @Test
  void aServerOfAnotherAuthorityIsRefusedWithTheReason() throws Exception {
    int port = serve(trust(), ClientCertificates.OPTIONAL);
    ManagedChannel channel = channel(port, NodeKeys.none(), other.trust().build());
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> Whoami.once(channel));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(failure).hasStackTraceContaining("none of the 1 authorities");
  }

  @Test
  void theFirstContactBelievesThePinAndNoOther() throws Exception {
    int port = serve(trust(), ClientCertificates.OPTIONAL);
    assertThat(Whoami.once(channel(port, NodeKeys.none(), prod.pinned()))).isEqualTo(Whoami.NOBODY);
    ManagedChannel wrong = channel(port, NodeKeys.none(), other.pinned());
    assertThatThrownBy(() -> Whoami.once(wrong))
        .hasStackTraceContaining("not of the cluster that the join token is for");
  }

  @Test
  void aNodeThatIsPutOutGetsNoCallOnItsConnectionAndNoNewConnection() throws Exception {
    int port = serve(trust(), ClientCertificates.REQUIRED);
    SslContext worker = Tls.grpcClient(NodeKeys.of(prod.worker("w1")), prod.trust().build());
    ManagedChannel open = channel(port, worker);
    assertThat(Whoami.once(open)).isEqualTo(W1);
    evicted.add(NodeIdentity.worker("prod", "w1"));
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> Whoami.once(open));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(failure).hasMessageContaining("worker w1 has been put out of the cluster");
    refused.clear();
    assertRefused(channel(port, worker), Reason.EVICTED);
    assertThat(Whoami.once(channel(port, prod.worker("w2")))).contains("/node/w2/");
  }

  @Test
  void aStreamGoesOnWhileNewConnectionsSeeTheNewCertificate() throws Exception {
    Credential old = prod.coordinator("c1");
    Credential renewed = prod.coordinator("c1");
    NodeKeys keys = NodeKeys.of(old);
    int port = serve(keys, trust(), ClientCertificates.REQUIRED);
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<String> stream = Whoami.stream(channel(port, prod.worker("w1")), into(answers));
    stream.onNext("before");
    assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("before " + W1);
    assertThat(certificate(port)).isEqualTo(old.certificate());
    keys.replace(renewed);
    assertThat(certificate(port)).isEqualTo(renewed.certificate());
    assertThat(Whoami.once(channel(port, prod.worker("w2")))).contains("/node/w2/");
    stream.onNext("after");
    assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("after " + W1);
    stream.onCompleted();
    assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("completed");
  }

  @Test
  void aClientOfTls12IsRefused() throws Exception {
    int port = serve(trust(), ClientCertificates.OPTIONAL);
    HttpTls client = Tls.httpClient(NodeKeys.none(), prod.trust().build());
    try (SSLSocket socket = socket(client, port)) {
      SSLParameters parameters = client.parameters();
      parameters.setProtocols(new String[] {"TLSv1.2"});
      socket.setSSLParameters(parameters);
      assertThatThrownBy(socket::startHandshake).hasMessageContaining("protocol_version");
    }
  }

  @Test
  void aClientThatWantsToResumeItsSessionIsLookedAtAnew() throws Exception {
    int port = serve(trust(), ClientCertificates.REQUIRED);
    SSLContext eager = SSLContext.getInstance("TLSv1.3");
    eager.init(
        new KeyManager[] {NodeKeys.of(prod.worker("w1"))},
        new TrustManager[] {prod.trust().build()},
        null);
    for (int i = 0; i < 3; i++) {
      assertThat(firstByte(eager, port)).isNotNegative();
    }
    evicted.add(NodeIdentity.worker("prod", "w1"));
    assertThatThrownBy(() -> firstByte(eager, port)).isInstanceOf(IOException.class);
    assertThat(refused.poll(30, TimeUnit.SECONDS))
        .isNotNull()
        .extracting(RefusedPeerException::reason)
        .isEqualTo(Reason.EVICTED);
  }

  /** Behind the handshake; tickets, if there are any, come before it. */
  private static int firstByte(SSLContext context, int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getInputStream().read();
    }
  }

  private void assertRefused(ManagedChannel channel, Reason reason) throws Exception {
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> Whoami.once(channel));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    RefusedPeerException refusal = refused.poll(30, TimeUnit.SECONDS);
    assertThat(refusal).isNotNull().extracting(RefusedPeerException::reason).isEqualTo(reason);
  }

  /** What a server shows to somebody who only looks. */
  private Object certificate(int port) throws Exception {
    HttpTls client = Tls.httpClient(NodeKeys.of(prod.worker("w3")), prod.trust().build());
    try (SSLSocket socket = socket(client, port)) {
      SSLParameters parameters = client.parameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  private static SSLSocket socket(HttpTls client, int port) throws Exception {
    return (SSLSocket)
        client.context().getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
  }

  private NodeTrust.Builder trust() {
    return watched(NodeTrust.of("prod", prod.roots()).evicted(evicted::contains));
  }

  private NodeTrust.Builder watched(NodeTrust.Builder trust) {
    return trust.clock(InstantSource.fixed(TestCluster.NOW)).refusals(refused::add);
  }

  private int serve(NodeTrust.Builder trust, ClientCertificates clients) throws Exception {
    return serve(NodeKeys.of(prod.coordinator("c1")), trust, clients);
  }

  private int serve(NodeKeys keys, NodeTrust.Builder builder, ClientCertificates clients)
      throws Exception {
    NodeTrust trust = builder.build();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(Tls.grpcServer(keys, trust, clients))
            .intercept(PeerIdentity.interceptor(trust))
            .addService(Whoami.service())
            .build()
            .start();
    servers.add(server);
    return server.getPort();
  }

  private ManagedChannel channel(int port, Credential credential) {
    return channel(port, NodeKeys.of(credential), prod.trust().build());
  }

  private ManagedChannel channel(int port, NodeKeys keys, X509ExtendedTrustManager trust) {
    return channel(port, Tls.grpcClient(keys, trust));
  }

  private ManagedChannel channel(int port, SslContext context) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .sslContext(context)
            .build();
    channels.add(channel);
    return channel;
  }

  private static StreamObserver<String> into(BlockingQueue<String> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String answer) {
        answers.add(answer);
      }

      @Override
      public void onError(Throwable failure) {
        answers.add(failure.toString());
      }

      @Override
      public void onCompleted() {
        answers.add("completed");
      }
    };
  }
}
