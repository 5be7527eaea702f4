package dev.capstan.server.grpc;

import dev.capstan.server.gateway.Refusal;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.net.ConnectException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sends calls on to the coordinator that leads, with the metadata that they came with: who asks is
 * found out there, so that nobody has to be trusted on the way. While nobody leads, calls are held
 * for a while. One of which nobody knows whether it was carried out is sent again only if it
 * changes nothing. Blocks the thread of the call, which is a virtual one. Safe for any thread.
 */
public final class Onward {
  /** On a refusal of a coordinator that does not lead, and so has done nothing. */
  private static final Metadata.Key<String> NOT_LEADER = CallHeaders.key("capstan-not-leader");

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Way way;
  private final String self;

  /** Where calls are carried out. */
  public interface Way {
    /** For a coordinator that sends nothing on. */
    Way HERE =
        new Way() {
          @Override
          public boolean isHere() {
            return true;
          }

          @Override
          public boolean mayBeFound() {
            return true;
          }

          @Override
          public @Nullable Channel leader() {
            return null;
          }
        };

    /** Whether calls are carried out here. */
    boolean isHere();

    /** Whether a leader is known or may soon be; false where this coordinator is cut off. */
    boolean mayBeFound();

    /** To another coordinator that leads; null while none is known. */
    @Nullable Channel leader();
  }

  /**
   * @param self what this coordinator is called
   */
  public Onward(Way way, String self) {
    this.way = way;
    this.self = self;
  }

  /**
   * The answer of the leader to the call that runs in the current context; null if the call is to
   * be carried out here.
   *
   * @param repeatable whether the call changes nothing
   * @throws Refusal if no leader can be had; nothing was done
   * @throws StatusRuntimeException what the leader refuses
   */
  <Q, A> @Nullable A ask(MethodDescriptor<Q, A> method, Q request, boolean repeatable)
      throws InterruptedException {
    if (way.isHere()) {
      return null;
    }
    if (wasForwarded()) {
      throw Refusal.notLed("This coordinator does not lead");
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      if (way.isHere()) {
        return null;
      }
      if (!way.mayBeFound()) {
        throw Refusal.notLed("This coordinator is cut off from the majority of the coordinators");
      }
      Channel leader = way.leader();
      if (leader != null) {
        long sent = System.nanoTime();
        try {
          return ClientCalls.blockingUnaryCall(
              ClientInterceptors.intercept(
                  leader, MetadataUtils.newAttachHeadersInterceptor(CallHeaders.onward(self))),
              method,
              CallOptions.DEFAULT,
              request);
        } catch (StatusRuntimeException e) {
          refuseUnlessNothingWasDone(e, repeatable);
        }
        if (System.nanoTime() - sent > PATIENCE.toNanos()) {
          // A call that is meant to take long begins anew when it breaks; its time does not count.
          end = System.nanoTime() + PATIENCE.toNanos();
        }
      }
      Thread.sleep(PAUSE);
    }
    throw Refusal.notLed(
        "No coordinator that leads could be reached for " + PATIENCE.toSeconds() + " s");
  }

  private static void refuseUnlessNothingWasDone(StatusRuntimeException e, boolean repeatable) {
    if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
      throw e;
    }
    Metadata trailers = e.getTrailers();
    boolean nothingDone =
        (trailers != null && trailers.containsKey(NOT_LEADER))
            || e.getStatus().getCause() instanceof ConnectException;
    if (!nothingDone && !repeatable) {
      throw Statuses.of(
          new Refusal(
              Refusal.Code.OUTCOME_UNKNOWN,
              "The connection to the leading coordinator broke; the call may or may not have been carried out.",
              "Look, or send it again: with the same id it is carried out once."));
    }
  }

  /** Tells who sent a call on that it may go elsewhere: nothing was done here. */
  StatusRuntimeException notLeading(Refusal refusal) {
    StatusRuntimeException status = Statuses.of(refusal);
    if (refusal.code() != Refusal.Code.NOT_READY || !wasForwarded()) {
      return status;
    }
    Metadata trailers = new Metadata();
    trailers.put(NOT_LEADER, "true");
    return status.getStatus().asRuntimeException(trailers);
  }

  boolean wasForwarded() {
    return CallHeaders.wereForwarded();
  }
}
