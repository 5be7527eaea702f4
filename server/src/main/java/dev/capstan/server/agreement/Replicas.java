package dev.capstan.server.agreement;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.v1.StateReply;
import dev.capstan.api.v1.StateRequest;
import dev.capstan.node.env.Clock;
import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The replicas of a group, this one and the others, asked for what they have. Any thread. */
public final class Replicas {
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final String group;
  private final String self;
  private final DigestHistory own;
  private final Supplier<List<String>> members;
  private final @Nullable PeerNetwork network;

  /**
   * @param self the coordinator that this is
   * @param members the coordinators that hold a replica, this one among them
   * @param network the way to the others; null if there are none
   */
  public Replicas(
      String group,
      String self,
      DigestHistory own,
      Supplier<List<String>> members,
      @Nullable PeerNetwork network) {
    this.group = group;
    this.self = self;
    this.own = own;
    this.members = members;
    this.network = network;
  }

  /** What this one has now. */
  StateDigest latest() {
    return own.latest();
  }

  /** The coordinator that this is. */
  public String self() {
    return self;
  }

  /**
   * Asks all of them at once; blocks until each has answered or half a second is over.
   *
   * @param index their digests there are wanted; -1 for none
   */
  public List<ReplicaState> ask(long index) throws InterruptedException {
    List<ReplicaState> states = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ReplicaState>> asked = new ArrayList<>();
      for (String member : members.get()) {
        asked.add(threads.submit(() -> member.equals(self) ? own(index) : ask(member, index)));
      }
      for (Future<ReplicaState> state : asked) {
        states.add(state.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a replica could not be asked", e.getCause());
    }
    return states;
  }

  private ReplicaState own(long index) {
    OptionalLong asked = own.at(index);
    return new ReplicaState(self, own.latest(), asked.isPresent() ? asked.getAsLong() : null);
  }

  private ReplicaState ask(String member, long index) {
    PeerNetwork way = network;
    if (way == null) {
      return new ReplicaState(member, null, null);
    }
    StateRequest request = StateRequest.newBuilder().setGroup(group).setIndex(index).build();
    try {
      StateReply reply =
          StateReply.parseFrom(
              way.call(member, PeerNetwork.Call.STATE, request.toByteArray(), PATIENCE));
      return new ReplicaState(
          member,
          new StateDigest(reply.getIndex(), reply.getDigest()),
          reply.hasAsked() ? reply.getAsked() : null);
    } catch (IOException silent) {
      return new ReplicaState(member, null, null);
    }
  }

  /** Answers another coordinator that asks for the state of one of these groups. */
  static byte[] answer(List<Replicas> here, Clock clock, byte[] request) throws IOException {
    StateRequest asked;
    try {
      asked = StateRequest.parseFrom(request);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("not a question for the state", e);
    }
    for (Replicas each : here) {
      if (each.group.equals(asked.getGroup())) {
        return each.answer(asked, clock);
      }
    }
    throw new IOException("no replica of " + asked.getGroup() + " here");
  }

  private byte[] answer(StateRequest asked, Clock clock) {
    StateDigest latest = own.latest();
    StateReply.Builder reply =
        StateReply.newBuilder().setIndex(latest.index()).setDigest(latest.value());
    reply.setWallMillis(clock.wallMillis());
    own.at(asked.getIndex()).ifPresent(reply::setAsked);
    return reply.build().toByteArray();
  }
}
