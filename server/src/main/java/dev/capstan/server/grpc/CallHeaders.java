package dev.capstan.server.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Objects;

/** Lets a service see the metadata of its calls, and says which of it goes on with them. */
final class CallHeaders implements ServerInterceptor {
  /** On a call that was sent on; it is not sent on once more. */
  private static final Metadata.Key<String> FORWARDED = key("capstan-forwarded-by");

  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Context.Key<Metadata> HEADERS = Context.key("capstan-headers");

  static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    return Contexts.interceptCall(
        Context.current().withValue(HEADERS, headers), call, headers, next);
  }

  /** Whether another coordinator has sent on the call that runs in the current context. */
  static boolean wereForwarded() {
    Metadata headers = HEADERS.get();
    return headers != null && headers.containsKey(FORWARDED);
  }

  /**
   * What goes on with the call that runs in the current context.
   *
   * @param self what this coordinator is called
   */
  static Metadata onward(String self) {
    Metadata onward = new Metadata();
    onward.put(FORWARDED, self);
    Metadata headers = HEADERS.get();
    if (headers != null && headers.containsKey(AUTHORIZATION)) {
      onward.put(AUTHORIZATION, Objects.requireNonNull(headers.get(AUTHORIZATION)));
    }
    return onward;
  }
}
