package dev.capstan.verify.conformance;

import com.google.protobuf.StringValue;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The gRPC server of the specification's example, on loopback, with its proto in a file. */
final class Greeter implements AutoCloseable {
  private static final String PROTO =
      """
      syntax = "proto3";
      package GreeterApi;
      service Greeter { rpc SayHello(HelloRequest) returns (HelloReply); }
      message HelloRequest { string name = 1; }
      message HelloReply { string message = 1; }
      """;

  /** A string value is written as both messages of the proto are: one string with the number 1. */
  private static final MethodDescriptor<StringValue, StringValue> SAY_HELLO =
      MethodDescriptor.<StringValue, StringValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("GreeterApi.Greeter/SayHello")
          .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .build();

  private final Path proto;
  private final Server server;

  Greeter(Path folder) throws IOException {
    proto = Files.writeString(folder.resolve("greet.proto"), PROTO);
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("GreeterApi.Greeter")
                    .addMethod(
                        SAY_HELLO,
                        ServerCalls.<StringValue, StringValue>asyncUnaryCall((request, client) -> {
                          client.onNext(StringValue.of("Hello " + request.getValue()));
                          client.onCompleted();
                        }))
                    .build())
            .build()
            .start();
  }

  /** The definition with this file and this port. */
  String localized(String definition) {
    return definition
        .replace("file://app/greet.proto", proto.toUri().toString())
        .replace("port: 5011", "port: " + server.getPort());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
