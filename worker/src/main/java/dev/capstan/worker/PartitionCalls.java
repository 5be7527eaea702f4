package dev.capstan.worker;

import dev.capstan.api.v1.WorkerSessionsGrpc.WorkerSessionsStub;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;

/** Says with a call which partition a stream is for. */
final class PartitionCalls {
  private static final Metadata.Key<String> PARTITION =
      Metadata.Key.of("capstan-partition", Metadata.ASCII_STRING_MARSHALLER);

  private PartitionCalls() {}

  /** Calls for a partition. The first one needs not be named, so that any coordinator knows it. */
  static WorkerSessionsStub of(WorkerSessionsStub stub, int partition) {
    if (partition == 0) {
      return stub;
    }
    Metadata headers = new Metadata();
    headers.put(PARTITION, Integer.toString(partition));
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
