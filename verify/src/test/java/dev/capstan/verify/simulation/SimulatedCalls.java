package dev.capstan.verify.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.v1.DeliverRequest;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.post.PeerCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What one coordinator in one of its lives asks others. Calls overtake each other, come late, come
 * twice, and are lost, and so are their answers; who asked may not know which.
 */
final class SimulatedCalls implements PeerCalls {
  private static final long LATE = TimeUnit.SECONDS.toNanos(1);

  private final SimulatedProcess self;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final Function<String, SimulatedCoordinator> others;
  private final Map<Call, Answers> answers = new EnumMap<>(Call.class);

  /**
   * @param others coordinators by name
   */
  SimulatedCalls(
      SimulatedProcess self,
      SimulatedNetwork network,
      RandomGenerator random,
      Function<String, SimulatedCoordinator> others) {
    this.self = self;
    this.network = network;
    this.random = random;
    this.others = others;
  }

  /** What takes too long for this process, in virtual time. */
  Deadlines deadlines() {
    return (future, atMost) ->
        after(atMost, future, () -> future.completeExceptionally(new TimeoutException()));
  }

  private void after(Duration time, CompletableFuture<?> unlessDone, Runnable action) {
    int life = self.life();
    network
        .agenda()
        .after(
            time.toNanos(),
            () -> {
              if (!unlessDone.isDone() && life == self.life()) {
                self.now(action);
              }
            });
  }

  @Override
  public CompletableFuture<byte[]> call(String node, Call call, byte[] request, Duration atMost) {
    Asked asked = new Asked(others.apply(node), call, request);
    after(atMost, asked.answer, () -> asked.fail("no answer within " + atMost));
    if (network.loses()) {
      network.tally().bit(Happening.CALL_LOST);
      asked.back(() -> asked.fail("the connection broke"));
    } else {
      asked.send();
    }
    if (network.loses()) {
      Asked again = new Asked(asked.other, call, request);
      network.agenda().after(random.nextLong(LATE), again::send);
      network.tally().bit(Happening.CALL_COMES_TWICE);
    }
    if (call == Call.DELIVER && isOnward(request)) {
      network.tally().bit(Happening.CALL_BY_WAY_OF_A_THIRD);
    }
    return asked.answer;
  }

  private static boolean isOnward(byte[] request) {
    try {
      return DeliverRequest.parseFrom(request).getOnward();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void answer(Call call, Answers from) {
    answers.put(call, from);
  }

  private CompletableFuture<byte[]> answerTo(Call call, byte[] request) {
    Answers from = answers.get(call);
    try {
      return from == null
          ? CompletableFuture.failedFuture(new IOException("not ready"))
          : from.answer(request);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** A call on its way, and its answer on the way back. */
  private final class Asked {
    private final SimulatedCoordinator other;
    private final Call call;
    private final byte[] request;
    private final int life = self.life();
    private final CompletableFuture<byte[]> answer = new CompletableFuture<>();

    Asked(SimulatedCoordinator other, Call call, byte[] request) {
      this.other = other;
      this.call = call;
      this.request = request;
    }

    private void fail(String why) {
      answer.completeExceptionally(new IOException(why));
    }

    private void send() {
      network.agenda().after(network.delayNanos(), this::arrive);
    }

    private void arrive() {
      String to = other.name();
      if (!network.flows(self.name(), to)) {
        network.whenHealed(self.name(), to, this::send);
      } else if (!other.process().isAlive()) {
        back(() -> fail("connection refused"));
      } else {
        other.process().now(this::carryOut);
      }
    }

    private void carryOut() {
      SimulatedCoordinator from = others.apply(self.name());
      if (other.keepsOut(from) || from.keepsOut(other)) {
        back(() -> fail("no member any more"));
        return;
      }
      var _ = other.calls().answerTo(call, request).whenComplete(this::reply);
    }

    private void reply(byte @Nullable [] reply, @Nullable Throwable failure) {
      if (network.loses()) {
        network.tally().bit(Happening.ANSWER_LOST);
        back(() -> fail("the connection broke"));
      } else if (reply != null) {
        back(() -> answer.complete(reply));
      } else {
        back(() -> fail("refused: " + failure));
      }
    }

    private void back(Runnable arrival) {
      network.agenda().after(network.delayNanos(), () -> arriveBack(arrival));
    }

    private void arriveBack(Runnable arrival) {
      if (!network.flows(other.name(), self.name())) {
        network.whenHealed(other.name(), self.name(), () -> back(arrival));
      } else if (life == self.life()) {
        self.now(arrival);
      }
    }
  }
}
