package dev.capstan.server.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Accepted;
import dev.capstan.api.v1.Ended;
import dev.capstan.api.v1.Refused;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.http.json.JsonText;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between the messages of the wire and the gateway's values. */
final class RunMessages {
  private static final Duration DEFAULT_RETRY = Duration.ofSeconds(1);

  private RunMessages() {}

  /**
   * The start that is asked for.
   *
   * @throws Refusal when the request is wrong by itself
   */
  static StartRequest start(RunRequest request) {
    if (request.getNamespace().isEmpty() || request.getName().isEmpty()) {
      throw new Refusal(Refusal.Code.INVALID_REQUEST, "\"namespace\" and \"name\" must be given");
    }
    JsonNode input =
        request.getInput().isEmpty()
            ? JsonNodeFactory.instance.objectNode()
            : JsonText.parse(request.getInput().toByteArray(), "the input");
    return new StartRequest(
        null,
        request.getNamespace(),
        request.getName(),
        orNull(request.getVersion()),
        input,
        orNull(request.getId()),
        null,
        Map.of());
  }

  /**
   * The id of the execution that is to be followed.
   *
   * @throws Refusal when there is none
   */
  static String followed(RunRequest request) {
    if (request.getId().isEmpty()) {
      throw new Refusal(Refusal.Code.INVALID_REQUEST, "\"id\" must be given with \"follow\"");
    }
    return request.getId();
  }

  /** Asks for the end of an execution that a start has begun. */
  static RunRequest follow(RunRequest start, String id) {
    return RunRequest.newBuilder()
        .setCorrelation(start.getCorrelation())
        .setId(id)
        .setWait(true)
        .setFollow(true)
        .build();
  }

  static RunReply accepted(long correlation, String id) {
    return RunReply.newBuilder()
        .setCorrelation(correlation)
        .setId(id)
        .setAccepted(Accepted.getDefaultInstance())
        .build();
  }

  static RunReply ended(long correlation, ExecutionView view) {
    Ended.Builder ended = Ended.newBuilder().setStatus(view.status().word());
    JsonNode output = view.output();
    if (output != null) {
      ended.setOutput(bytes(output));
    }
    WorkflowError error = view.error();
    if (error != null) {
      ended.setError(bytes(error.toJson()));
    }
    return RunReply.newBuilder()
        .setCorrelation(correlation)
        .setId(view.id())
        .setEnded(ended)
        .build();
  }

  static RunReply refused(RunRequest request, Refusal refusal) {
    int status = refusal.code().httpStatus();
    Duration retryAfter = refusal.retryAfter();
    if (retryAfter == null && (status == 429 || status == 503)) {
      retryAfter = DEFAULT_RETRY;
    }
    Refused.Builder refused =
        Refused.newBuilder()
            .setCode(refusal.code().id())
            .setDetail(String.valueOf(refusal.getMessage()))
            .setRetryable(retryAfter != null)
            .setRetryAfterMillis(retryAfter == null ? 0 : retryAfter.toMillis());
    return RunReply.newBuilder()
        .setCorrelation(request.getCorrelation())
        .setId(request.getId())
        .setRefused(refused)
        .build();
  }

  private static ByteString bytes(JsonNode json) {
    return ByteString.copyFrom(JsonText.write(json));
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
