package dev.capstan.worker.grpc;

import com.google.protobuf.DynamicMessage;
import dev.capstan.worker.authentication.Authenticator;
import dev.capstan.worker.authentication.Authorization;
import dev.capstan.worker.authentication.Policy;
import dev.capstan.worker.authentication.Secrets;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes calls, with their proof of who calls. Safe for concurrent use. */
final class Caller implements AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> IDEMPOTENCY_KEY = key("idempotency-key");

  private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (_, _) -> true);

  private final Authenticator authenticator;
  private final Channels channels;
  private final int limit;

  /**
   * @param limit of what a call is answered with, in bytes
   */
  Caller(Authenticator authenticator, Channels channels, int limit) {
    this.authenticator = authenticator;
    this.channels = channels;
    this.limit = limit;
  }

  /** Calls and waits for the end; an interrupt cancels the call. */
  Outcome call(Attempt attempt, Call call) throws InterruptedException {
    Secrets secrets = new Secrets();
    Policy policy = policy(call, secrets);
    List<DynamicMessage> requests = call.requests();
    Authorization authorization = authenticator.of(policy, "POST", uri(call), new byte[0]);
    try (Channels.Lease lease = channels.lease(call.target())) {
      String proof = authorization.first();
      while (true) {
        Metadata headers = headers(attempt, proof, secrets);
        try {
          List<DynamicMessage> answers =
              Exchange.hold(lease.channel(), call.descriptor(), headers, requests, limit);
          return new Outcome.Completed(call.output(answers));
        } catch (StatusException e) {
          proof = next(authorization, e.getStatus());
          if (proof == null) {
            throw new TaskFault(told(Statuses.fault(e.getStatus(), call.called(), limit), secrets));
          }
        }
      }
    }
  }

  private static @Nullable Policy policy(Call call, Secrets secrets) {
    Policy policy = Policy.of(call.authentication(), secrets);
    if (policy instanceof Policy.Digest) {
      throw Arguments.wrong(
          "'service.authentication' has digest, which gRPC has no challenge for;"
              + " use basic, bearer, oauth2 or oidc.");
    }
    return policy;
  }

  /** One more proof, when the server does not take the first one and there may be a newer. */
  private static @Nullable String next(Authorization authorization, Status status)
      throws InterruptedException {
    return status.getCode() == Status.Code.UNAUTHENTICATED ? authorization.next(NO_HEADERS) : null;
  }

  private static Metadata headers(Attempt attempt, @Nullable String proof, Secrets secrets) {
    Metadata headers = new Metadata();
    if (proof != null) {
      secrets.add(proof);
      secrets.add(proof.substring(proof.indexOf(' ') + 1));
      headers.put(AUTHORIZATION, proof);
    }
    if (!attempt.idempotencyKey().isEmpty()) {
      headers.put(IDEMPOTENCY_KEY, attempt.idempotencyKey());
    }
    return headers;
  }

  private static Fault told(Fault fault, Secrets secrets) {
    return new Fault(fault.type(), fault.status(), fault.title(), secrets.redact(fault.detail()));
  }

  private static URI uri(Call call) {
    String scheme = call.target().tls() ? "https" : "http";
    return URI.create(scheme + "://" + call.target().shown() + "/" + call.fullName());
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public void close() {
    channels.close();
  }
}
