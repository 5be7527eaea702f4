package dev.capstan.server.grpc;

import dev.capstan.server.gateway.Refusal;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** Refusals in the words of gRPC. */
final class Statuses {
  private Statuses() {}

  /** The status that says the same; its description begins with the stable code. */
  static StatusRuntimeException of(Refusal refusal) {
    Status status =
        switch (refusal.code()) {
          case INVALID_DEFINITION, INVALID_REQUEST, PAYLOAD_TOO_LARGE, KEY_REUSED, INVALID_DATA ->
              Status.INVALID_ARGUMENT;
          case NOT_FOUND -> Status.NOT_FOUND;
          case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
          case WRONG_STATE, NOT_LISTENING, UPDATE_FAULTED, QUERY_FAILED ->
              Status.FAILED_PRECONDITION;
          case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
          case FORBIDDEN -> Status.PERMISSION_DENIED;
          case BUSY -> Status.RESOURCE_EXHAUSTED;
          case NOT_READY, STORAGE_FAILED -> Status.UNAVAILABLE;
          case OUTCOME_UNKNOWN -> Status.UNKNOWN;
          case INTERNAL -> Status.INTERNAL;
        };
    String hint = refusal.hint() == null ? "" : " " + refusal.hint();
    return status
        .withDescription(refusal.code().id() + ": " + refusal.getMessage() + hint)
        .asRuntimeException();
  }
}
