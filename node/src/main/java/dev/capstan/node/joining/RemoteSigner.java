package dev.capstan.node.joining;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.RenewReply;
import dev.capstan.api.v1.RenewRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the first coordinator that answers sign; any of them can. */
public final class RemoteSigner implements CertificateRenewal.Signer {
  private static final Logger LOG = LoggerFactory.getLogger(RemoteSigner.class);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final Supplier<? extends Collection<? extends Channel>> coordinators;

  /**
   * @param coordinators connections on which this node shows who it is
   */
  public RemoteSigner(Supplier<? extends Collection<? extends Channel>> coordinators) {
    this.coordinators = coordinators;
  }

  @Override
  public CertificateRenewal.@Nullable Renewed sign(byte[] request, byte @Nullable [] peerRequest) {
    RenewRequest.Builder message =
        RenewRequest.newBuilder().setRequest(ByteString.copyFrom(request));
    if (peerRequest != null) {
      message.setPeerRequest(ByteString.copyFrom(peerRequest));
    }
    for (Channel channel : coordinators.get()) {
      try {
        RenewReply reply =
            MembershipGrpc.newBlockingStub(channel)
                .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                .renew(message.build());
        return new CertificateRenewal.Renewed(
            WireCertificates.read(reply.getCertificates().getChainList()),
            WireCertificates.read(reply.getPeerCertificates().getChainList()));
      } catch (StatusRuntimeException e) {
        LOG.info("A coordinator did not sign a new certificate: {}", e.getStatus());
      }
    }
    return null;
  }
}
