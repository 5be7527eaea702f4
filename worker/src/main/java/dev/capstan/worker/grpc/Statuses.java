package dev.capstan.worker.grpc;

import dev.capstan.worker.executor.Distrust;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Fault;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** gRPC's status codes as the specification's errors. */
final class Statuses {

  /** How descriptions of answers that are too large begin; the limit follows. */
  static final String TOO_MANY_BYTES = "gRPC message exceeds maximum size ";

  private static final int CLIENT_CLOSED_REQUEST = 499;

  private Statuses() {}

  /** The fault of a call that did not end with OK. */
  static Fault fault(Status status, String called, int limit) {
    String description = description(status);
    if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED
        && description.startsWith(TOO_MANY_BYTES)) {
      return ErrorType.COMMUNICATION.fault(
          "Message too large",
          called
              + " failed: a message, or all of them, are larger than allowed; the limit of this worker is "
              + limit
              + " bytes ("
              + description
              + ").");
    }
    return type(status.getCode())
        .fault(
            httpStatus(status.getCode()),
            "gRPC status " + status.getCode(),
            called
                + " ended with "
                + status.getCode()
                + (description.isEmpty() ? "." : ": " + description));
  }

  /** What the server says; where there is none, what broke. */
  private static String description(Status status) {
    String said = status.getDescription() == null ? "" : status.getDescription();
    String distrust = status.getCause() == null ? null : Distrust.of(status.getCause());
    String broke = "";
    for (@Nullable Throwable e = status.getCause(); e != null; e = e.getCause()) {
      broke = e.getMessage() == null ? broke : e.getMessage();
    }
    if (distrust != null) {
      broke = distrust;
    }
    if (broke.isEmpty()) {
      return said;
    }
    // The library goes on with its own inner parts below the first line.
    String first = said.lines().findFirst().orElse("");
    return first.isEmpty() ? broke : first + ": " + broke;
  }

  private static ErrorType type(Status.Code code) {
    return switch (code) {
      case UNAUTHENTICATED -> ErrorType.AUTHENTICATION;
      case PERMISSION_DENIED -> ErrorType.AUTHORIZATION;
      case DEADLINE_EXCEEDED -> ErrorType.TIMEOUT;
      case OK,
          CANCELLED,
          UNKNOWN,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          INTERNAL,
          UNAVAILABLE,
          DATA_LOSS ->
          ErrorType.COMMUNICATION;
    };
  }

  /** As gateways between gRPC and HTTP translate them; timeouts have the specification's own. */
  private static int httpStatus(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> ErrorType.AUTHENTICATION.status();
      case PERMISSION_DENIED -> ErrorType.AUTHORIZATION.status();
      case NOT_FOUND -> 404;
      case DEADLINE_EXCEEDED -> ErrorType.TIMEOUT.status();
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> CLIENT_CLOSED_REQUEST;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case OK, UNKNOWN, INTERNAL, DATA_LOSS -> ErrorType.COMMUNICATION.status();
    };
  }
}
