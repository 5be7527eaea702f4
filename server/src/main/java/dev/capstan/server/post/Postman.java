package dev.capstan.server.post;

import static dev.capstan.server.log.PeerNetwork.Call.DELIVER;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.v1.DeliverReply;
import dev.capstan.api.v1.DeliverRequest;
import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogException;
import dev.capstan.server.partition.MessageCodec;
import dev.capstan.server.partition.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages from one partition to another, wherever that is led. Where this coordinator does
 * not reach the one that leads it, another one takes them on. What fails is tried again by the
 * outbox that it comes from. Any thread.
 */
public final class Postman {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Whoever is asked answers before the one that asks gives up and takes it for unreachable. */
  private static final Duration ONWARD = Duration.ofSeconds(4);

  private static final Duration TAKEN_WITHIN = Duration.ofSeconds(3);
  private static final Logger LOG = LoggerFactory.getLogger(Postman.class);

  private final KeySpace keys;
  private final Deadlines deadlines;
  private final LeaderAnswers answers;
  private final List<Router.Deliveries> doors = new ArrayList<>();
  private List<? extends Branch> partitions = List.of();
  private Function<Message, CompletableFuture<Long>> known =
      _ -> CompletableFuture.completedFuture(0L);
  private @Nullable PeerCalls network;
  private String self = "";

  /** One that knows nobody yet; {@link #open} must follow. */
  public Postman(KeySpace keys, Deadlines deadlines) {
    this.keys = keys;
    this.deadlines = deadlines;
    this.answers = new LeaderAnswers(deadlines);
    for (int partition = 0; partition < keys.partitions(); partition++) {
      int number = partition;
      doors.add(message -> take(number, message).thenApply(_ -> null));
    }
  }

  /**
   * Begins to deliver; called before any partition works.
   *
   * @param here all partitions, in order
   * @param way to other coordinators; null if there are none
   * @param coordinator this one
   * @param definitions completes when what a message names is known here
   */
  public void open(
      List<? extends Branch> here,
      @Nullable PeerCalls way,
      String coordinator,
      Function<Message, CompletableFuture<Long>> definitions) {
    partitions = here;
    known = definitions;
    network = way;
    self = coordinator;
    if (way != null) {
      way.answer(DELIVER, this::answer);
    }
  }

  /** The way from a partition to all others. */
  public Router from(int partition) {
    return new Router() {
      @Override
      public List<Deliveries> targets(Message message, Deliveries sender) {
        return to(message);
      }

      @Override
      public boolean owns(String execution) {
        return keys.ownerOf(execution) == partition;
      }
    };
  }

  private List<Router.Deliveries> to(Message message) {
    return switch (message) {
      case Message.Publish _ -> doors;
      case Message.StartChild m -> owner(m.execution());
      case Message.StartSuccessor m -> owner(m.execution());
      case Message.CancelChild m -> owner(m.execution());
      case Message.NotifyParent m -> owner(m.parent().execution());
    };
  }

  private List<Router.Deliveries> owner(String execution) {
    return List.of(doors.get(keys.ownerOf(execution)));
  }

  /**
   * Takes cloud events to a partition.
   *
   * @return completes with the number of executions that took one
   */
  public CompletableFuture<Integer> publish(int partition, List<CloudEvent> events) {
    CompletableFuture<Integer> sum = CompletableFuture.completedFuture(0);
    for (CloudEvent event : events) {
      sum = sum.thenCombine(take(partition, new Message.Publish(event)), Integer::sum);
    }
    return sum.exceptionally(Postman::refused);
  }

  private static Integer refused(Throwable failure) {
    throw new Refusal(
        Refusal.Code.OUTCOME_UNKNOWN,
        "Not all partitions could be reached: some tasks that listen may not have the events.",
        "Send them again with the same ids: nobody takes one twice.",
        Duration.ofMillis(200),
        List.of());
  }

  /** Completes with the number of executions that took a cloud event; 0 for other messages. */
  private CompletableFuture<Integer> take(Branch here, Message message) {
    return message instanceof Message.Publish publish
        ? here.take(publish.event())
        : known(here, message).thenCompose(_ -> here.deliver(message)).thenApply(_ -> 0);
  }

  /** Where definitions are, nothing that is decided without the last ones is ever committed. */
  private CompletableFuture<Long> known(Branch here, Message message) {
    return here.number() == 0 ? CompletableFuture.completedFuture(0L) : known.apply(message);
  }

  private CompletableFuture<Integer> take(int partition, Message message) {
    Branch here = partitions.get(partition);
    if (here.isHere()) {
      return take(here, message);
    }
    String leader = here.leader();
    PeerCalls way = network;
    if (way == null || self.equals(leader)) {
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    DeliverRequest request =
        DeliverRequest.newBuilder()
            .setPartition(partition)
            .setMessage(ByteString.copyFrom(MessageCodec.encode("", message)))
            .build();
    return leader == null
        ? detour(way, null, request).thenCompose(Postman::takers)
        : send(way, leader, request)
            .thenCompose(Postman::takers)
            .exceptionallyCompose(failure ->
                LeaderAnswers.isReplaced(here, leader)
                    ? take(partition, message)
                    : CompletableFuture.failedFuture(failure));
  }

  private CompletableFuture<byte[]> send(PeerCalls way, String leader, DeliverRequest request) {
    Branch here = partitions.get(request.getPartition());
    return answers
        .of(here, leader, way.call(leader, DELIVER, request.toByteArray(), PATIENCE))
        .exceptionallyCompose(failure -> {
          LOG.debug("{} does not take a message", leader, failure);
          return LeaderAnswers.isReplaced(here, leader)
              ? CompletableFuture.failedFuture(failure)
              : detour(way, leader, request);
        });
  }

  private static CompletableFuture<Integer> takers(byte[] reply) {
    try {
      return CompletableFuture.completedFuture(DeliverReply.parseFrom(reply).getTakers());
    } catch (InvalidProtocolBufferException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * To whoever leads, by another coordinator; what comes there twice is taken once.
   *
   * @param leader is not reached; null where nobody is known to lead here, as one that does not
   *     reach this coordinator
   */
  private CompletableFuture<byte[]> detour(
      PeerCalls way, @Nullable String leader, DeliverRequest request) {
    byte[] onward = request.toBuilder().setOnward(true).build().toByteArray();
    Iterator<String> others =
        partitions.get(request.getPartition()).members().stream()
            .filter(other -> !other.equals(self) && !other.equals(leader))
            .iterator();
    return detour(way, others, onward, request.getPartition());
  }

  private CompletableFuture<byte[]> detour(
      PeerCalls way, Iterator<String> others, byte[] onward, int partition) {
    if (!others.hasNext()) {
      return CompletableFuture.failedFuture(
          new IOException("nobody takes a message to partition " + partition));
    }
    String other = others.next();
    return way.call(other, DELIVER, onward, PATIENCE)
        .exceptionallyCompose(failure -> {
          LOG.debug("{} does not take a message on", other, failure);
          return detour(way, others, onward, partition);
        });
  }

  /** Another coordinator has a message for a partition that is led here, or elsewhere. */
  private CompletableFuture<byte[]> answer(byte[] request) throws IOException {
    DeliverRequest asked = DeliverRequest.parseFrom(request);
    int partition = asked.getPartition();
    if (partition < 0 || partition >= partitions.size()) {
      throw new IOException("there is no partition " + partition);
    }
    Branch here = partitions.get(partition);
    String leader = here.leader();
    PeerCalls way = network;
    if (asked.getOnward()
        && !here.isHere()
        && way != null
        && leader != null
        && !leader.equals(self)) {
      byte[] direct = asked.toBuilder().clearOnward().build().toByteArray();
      return way.call(leader, DELIVER, direct, ONWARD);
    }
    Message message = MessageCodec.read(asked.getMessage().toByteArray());
    CompletableFuture<byte[]> taken = take(here, message).thenApply(Postman::reply);
    deadlines.watch(taken, TAKEN_WITHIN);
    return taken;
  }

  private static byte[] reply(int takers) {
    return DeliverReply.newBuilder().setTakers(takers).build().toByteArray();
  }
}
