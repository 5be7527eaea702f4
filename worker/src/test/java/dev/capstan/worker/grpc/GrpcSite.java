package dev.capstan.worker.grpc;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The service {@code shop.orders.v1.Orders} on loopback, made of the descriptors of {@code protoc},
 * that answers as the test says and remembers what it was sent.
 */
public final class GrpcSite implements AutoCloseable {

  /** Answers a call when everything has been sent. */
  public interface Answer {
    void to(List<DynamicMessage> requests, ServerCallStreamObserver<DynamicMessage> client);
  }

  private final Server server;
  private final List<Metadata> seen = new CopyOnWriteArrayList<>();
  private volatile Answer answer = (_, client) -> client.onCompleted();
  private volatile boolean echoing;
  private volatile Runnable atCancel = () -> {};

  public GrpcSite() throws IOException {
    this(InsecureServerCredentials.create(), 0);
  }

  /** On this port, or on any when it is 0. */
  public GrpcSite(ServerCredentials credentials, int port) throws IOException {
    server =
        Grpc.newServerBuilderForPort(port, credentials)
            .addService(ServerInterceptors.intercept(service(), new Remember()))
            .build()
            .start();
  }

  public int port() {
    return server.getPort();
  }

  public GrpcSite answering(Answer value) {
    answer = value;
    return this;
  }

  /** Answers every message of a stream with itself, before the next one has come. */
  public GrpcSite echoing() {
    echoing = true;
    return this;
  }

  /** Does this when the client cancels a call. */
  public GrpcSite atCancel(Runnable value) {
    atCancel = value;
    return this;
  }

  /** The metadata of all calls so far. */
  public List<Metadata> seen() {
    return seen;
  }

  /** A value of the newest call's metadata; empty when there is none. */
  public String last(String name) {
    String value = seen.getLast().get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return value == null ? "" : value;
  }

  /** The files of the tests with all that they import, by name. */
  public static Map<String, FileDescriptor> protos() {
    Map<String, FileDescriptor> linked = new LinkedHashMap<>();
    try (InputStream in =
        Objects.requireNonNull(GrpcSite.class.getResourceAsStream("/proto/orders.binpb"))) {
      for (FileDescriptorProto file : FileDescriptorSet.parseFrom(in).getFileList()) {
        FileDescriptor[] dependencies =
            file.getDependencyList().stream().map(linked::get).toArray(FileDescriptor[]::new);
        linked.put(file.getName(), FileDescriptor.buildFrom(file, dependencies));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
    return linked;
  }

  /** A message of the service. */
  public static DynamicMessage.Builder message(String name) {
    return DynamicMessage.newBuilder(descriptor(name));
  }

  /** Sets a field by its name. */
  public static DynamicMessage.Builder set(
      DynamicMessage.Builder message, String field, Object value) {
    return message.setField(message.getDescriptorForType().findFieldByName(field), value);
  }

  /** A type of the service. */
  public static Descriptor descriptor(String name) {
    for (String file : List.of("orders", "items")) {
      @Nullable Descriptor found =
          Objects.requireNonNull(FILES.get("shop/orders/v1/" + file + ".proto"))
              .findMessageTypeByName(name);
      if (found != null) {
        return found;
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static final Map<String, FileDescriptor> FILES = protos();

  private ServerServiceDefinition service() {
    ServiceDescriptor described =
        Objects.requireNonNull(FILES.get("shop/orders/v1/orders.proto")).getServices().getFirst();
    ServerServiceDefinition.Builder service =
        ServerServiceDefinition.builder(described.getFullName());
    for (var method : described.getMethods()) {
      service.addMethod(
          MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
              .setType(MethodType.BIDI_STREAMING)
              .setFullMethodName(described.getFullName() + "/" + method.getName())
              .setRequestMarshaller(marshaller(method.getInputType()))
              .setResponseMarshaller(marshaller(method.getOutputType()))
              .build(),
          ServerCalls.asyncBidiStreamingCall(
              client -> new Collector((ServerCallStreamObserver<DynamicMessage>) client)));
    }
    return service.build();
  }

  private static MethodDescriptor.Marshaller<DynamicMessage> marshaller(Descriptor type) {
    return ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(type));
  }

  private final class Collector implements StreamObserver<DynamicMessage> {

    private final ServerCallStreamObserver<DynamicMessage> client;
    private final List<DynamicMessage> requests = new ArrayList<>();

    Collector(ServerCallStreamObserver<DynamicMessage> client) {
      this.client = client;
      client.setOnCancelHandler(() -> atCancel.run());
    }

    @Override
    public void onNext(DynamicMessage message) {
      requests.add(message);
      if (echoing) {
        client.onNext(message);
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {
      answer.to(requests, client);
    }
  }

  private final class Remember implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      seen.add(headers);
      return next.startCall(call, headers);
    }
  }

  /** Ends a call with a status. */
  public static Answer failing(Status status) {
    return (_, client) -> client.onError(status.asRuntimeException());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
