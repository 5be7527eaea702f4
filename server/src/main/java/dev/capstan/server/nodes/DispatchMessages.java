package dev.capstan.server.nodes;

import com.google.protobuf.UnsafeByteOperations;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.core.decision.Effect;
import dev.capstan.node.config.Payload;
import java.time.Instant;

/** Makes the messages that give attempts to nodes. */
record DispatchMessages(Payload payload) {
  Dispatch of(Effect.Dispatch dispatch) {
    Instant deadline = dispatch.deadline();
    return Dispatch.newBuilder()
        .setToken(ReportReader.token(dispatch.token()))
        .setKind(dispatch.kind())
        .setTaskName(dispatch.taskName())
        .setReference(dispatch.reference())
        .setArguments(UnsafeByteOperations.unsafeWrap(payload.write(dispatch.arguments())))
        .setIdempotencyKey(dispatch.idempotencyKey())
        .setDeadlineMillis(deadline == null ? 0 : deadline.toEpochMilli())
        .setOnce(dispatch.once())
        .build();
  }
}
