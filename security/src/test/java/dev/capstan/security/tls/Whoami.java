package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A gRPC service that tells its caller who he is: once, or for each word of a stream. */
final class Whoami {
  static final String NOBODY = "nobody";
  private static final long LIMIT_SECONDS = 30;
  private static final MethodDescriptor<String, String> ONCE =
      method("Once", MethodDescriptor.MethodType.UNARY);
  private static final MethodDescriptor<String, String> STREAM =
      method("Stream", MethodDescriptor.MethodType.BIDI_STREAMING);

  private Whoami() {}

  static ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("test.Whoami")
        .addMethod(
            ONCE,
            ServerCalls.asyncUnaryCall((String _, StreamObserver<String> answer) -> {
              answer.onNext(caller());
              answer.onCompleted();
            }))
        .addMethod(STREAM, ServerCalls.asyncBidiStreamingCall(Whoami::answers))
        .build();
  }

  static String once(Channel channel) {
    return ClientCalls.blockingUnaryCall(
        channel, ONCE, CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS), "");
  }

  static StreamObserver<String> stream(Channel channel, StreamObserver<String> answers) {
    ClientCall<String, String> call =
        channel.newCall(
            STREAM, CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS));
    return ClientCalls.asyncBidiStreamingCall(call, answers);
  }

  private static StreamObserver<String> answers(StreamObserver<String> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String word) {
        answer.onNext(word + " " + caller());
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {
        answer.onCompleted();
      }
    };
  }

  private static String caller() {
    NodeIdentity caller = PeerIdentity.current();
    return caller == null ? NOBODY : caller.uri();
  }

  private static MethodDescriptor<String, String> method(
      String name, MethodDescriptor.MethodType type) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName("test.Whoami/" + name)
        .setRequestMarshaller(Words.INSTANCE)
        .setResponseMarshaller(Words.INSTANCE)
        .build();
  }

  private enum Words implements MethodDescriptor.Marshaller<String> {
    INSTANCE;

    @Override
    public InputStream stream(String word) {
      return new ByteArrayInputStream(word.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
