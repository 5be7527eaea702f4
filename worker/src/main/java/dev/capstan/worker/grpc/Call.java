package dev.capstan.worker.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Descriptors;
import com.google.protobuf.DynamicMessage;
import dev.capstan.worker.executor.Json;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be called, and with what.
 *
 * @param arguments an object
 * @param authentication a policy, or missing
 */
record Call(
    Target target,
    Descriptors.MethodDescriptor method,
    Messages messages,
    JsonNode arguments,
    JsonNode authentication) {

  /** The one field that says that the arguments of a streaming method are several messages. */
  private static final String SEVERAL = "messages";

  /** What is sent. The specification knows one object; a stream of several has a list in it. */
  List<DynamicMessage> requests() {
    Descriptors.Descriptor type = method.getInputType();
    JsonNode several = arguments.path(SEVERAL);
    if (!method.isClientStreaming() || arguments.size() != 1 || !several.isArray()) {
      return List.of(messages.read(arguments, type, "arguments"));
    }
    List<DynamicMessage> requests = new ArrayList<>();
    for (JsonNode each : several) {
      String path = "arguments." + SEVERAL + "[" + requests.size() + "]";
      requests.add(messages.read(each, type, path));
    }
    return requests;
  }

  /**
   * What the task gives.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code communication} when the server did
   *     not keep to the method
   */
  JsonNode output(List<DynamicMessage> answers) {
    if (method.isServerStreaming()) {
      var output = Json.object().arrayNode(answers.size());
      answers.forEach(answer -> output.add(messages.write(answer)));
      return output;
    }
    if (answers.size() != 1) {
      throw Faults.answer(
          "Unreadable response",
          called() + " was answered with " + answers.size() + " messages instead of one.");
    }
    return messages.write(answers.getFirst());
  }

  /** The method for grpc-java. */
  MethodDescriptor<DynamicMessage, DynamicMessage> descriptor() {
    return MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(type())
        .setFullMethodName(fullName())
        .setRequestMarshaller(marshaller(method.getInputType()))
        .setResponseMarshaller(marshaller(method.getOutputType()))
        .build();
  }

  private static MethodDescriptor.Marshaller<DynamicMessage> marshaller(
      Descriptors.Descriptor type) {
    return ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(type));
  }

  private MethodType type() {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING;
    }
    return method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
  }

  /** Service and method as they are on the wire. */
  String fullName() {
    return method.getService().getFullName() + "/" + method.getName();
  }

  /** Names the call in errors. */
  String called() {
    return fullName() + " on " + target.shown();
  }
}
