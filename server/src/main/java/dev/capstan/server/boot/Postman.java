package dev.capstan.server.boot;

import static dev.capstan.server.log.PeerNetwork.Call.DELIVER;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.DeliverReply;
import dev.capstan.api.v1.DeliverRequest;
import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogException;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.partition.MessageCodec;
import dev.capstan.server.partition.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages from one partition to another, wherever that is led. Where this coordinator does
 * not reach the one that leads it, another one takes them on. What fails is tried again by the
 * outbox that it comes from.
 */
final class Postman implements Router {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Whoever is asked answers before the one that asks gives up and takes it for unreachable. */
  private static final Duration ONWARD = Duration.ofSeconds(4);

  private static final Duration TAKEN_WITHIN = Duration.ofSeconds(3);
  private static final Logger LOG = LoggerFactory.getLogger(Postman.class);

  private final KeySpace keys;
  private final Executor threads;
  private final List<Deliveries> doors = new ArrayList<>();
  private List<LocalPartition> partitions = List.of();
  private Function<Message, CompletableFuture<Long>> known =
      _ -> CompletableFuture.completedFuture(0L);
  private @Nullable PeerNetwork network;
  private String self = "";

  /**
   * @param threads for what waits for the network
   */
  Postman(KeySpace keys, Executor threads) {
    this.keys = keys;
    this.threads = threads;
    for (int partition = 0; partition < keys.partitions(); partition++) {
      int number = partition;
      doors.add(message -> deliver(number, message));
    }
  }

  /**
   * Begins to deliver; called before any partition works.
   *
   * @param definitions completes when what a message names is known here
   */
  void open(
      List<LocalPartition> here,
      @Nullable AnsweringNetwork way,
      String coordinator,
      Function<Message, CompletableFuture<Long>> definitions) {
    partitions = here;
    known = definitions;
    network = way;
    self = coordinator;
    if (way != null) {
      way.answer(DELIVER, (_, request) -> answer(request));
    }
  }

  @Override
  public List<Deliveries> targets(Message message, Deliveries sender) {
    return switch (message) {
      case Message.Publish _ -> doors;
      case Message.StartChild m -> owner(m.execution());
      case Message.StartSuccessor m -> owner(m.execution());
      case Message.CancelChild m -> owner(m.execution());
      case Message.NotifyParent m -> owner(m.parent().execution());
    };
  }

  private List<Deliveries> owner(String execution) {
    return List.of(doors.get(keys.ownerOf(execution)));
  }

  /**
   * Takes cloud events to a partition.
   *
   * @return completes with the number of executions that took one
   */
  CompletableFuture<Integer> publish(int partition, List<CloudEvent> events) {
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

  private CompletableFuture<Void> deliver(int partition, Message message) {
    return take(partition, message).thenApply(_ -> null);
  }

  /** Completes with the number of executions that took a cloud event; 0 for other messages. */
  private CompletableFuture<Integer> take(LocalPartition here, Message message) {
    return message instanceof Message.Publish publish
        ? here.partition().take(publish.event())
        : known
            .apply(message)
            .thenCompose(_ -> here.partition().deliver(message))
            .thenApply(_ -> 0);
  }

  private CompletableFuture<Integer> take(int partition, Message message) {
    LocalPartition here = partitions.get(partition);
    if (here.leadership().isHere()) {
      return take(here, message);
    }
    String leader = here.leader();
    PeerNetwork way = network;
    if (way == null || self.equals(leader)) {
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    CompletableFuture<Integer> delivered = new CompletableFuture<>();
    DeliverRequest request =
        DeliverRequest.newBuilder()
            .setPartition(partition)
            .setMessage(ByteString.copyFrom(MessageCodec.encode("", message)))
            .build();
    threads.execute(() -> send(way, leader, request, delivered));
    return delivered;
  }

  private void send(
      PeerNetwork way,
      @Nullable String leader,
      DeliverRequest request,
      CompletableFuture<Integer> delivered) {
    try {
      byte[] reply = direct(way, leader, request);
      delivered.complete(takers(reply == null ? detour(way, leader, request) : reply));
    } catch (IOException | RuntimeException e) {
      delivered.completeExceptionally(e);
    }
  }

  /** The answer of whoever leads; null where there is none. */
  private static byte @Nullable [] direct(
      PeerNetwork way, @Nullable String leader, DeliverRequest request) {
    try {
      return leader == null ? null : way.call(leader, DELIVER, request.toByteArray(), PATIENCE);
    } catch (IOException e) {
      LOG.debug("{} does not take a message", leader, e);
      return null;
    }
  }

  private static int takers(byte[] reply) throws IOException {
    return DeliverReply.parseFrom(reply).getTakers();
  }

  /**
   * To whoever leads, by another coordinator; what comes there twice is taken once.
   *
   * @param leader is not reached; null where nobody is known to lead here, as one that does not
   *     reach this coordinator
   */
  private byte[] detour(PeerNetwork way, @Nullable String leader, DeliverRequest request)
      throws IOException {
    byte[] onward = request.toBuilder().setOnward(true).build().toByteArray();
    for (String other : partitions.get(request.getPartition()).members()) {
      if (!other.equals(self) && !other.equals(leader)) {
        try {
          return way.call(other, DELIVER, onward, PATIENCE);
        } catch (IOException e) {
          LOG.debug("{} does not take a message on", other, e);
        }
      }
    }
    throw new IOException("nobody takes a message to partition " + request.getPartition());
  }

  /** Another coordinator has a message for a partition that is led here, or elsewhere. */
  private byte[] answer(byte[] request) throws IOException {
    DeliverRequest asked = DeliverRequest.parseFrom(request);
    int partition = asked.getPartition();
    if (partition < 0 || partition >= partitions.size()) {
      throw new IOException("there is no partition " + partition);
    }
    LocalPartition here = partitions.get(partition);
    String leader = here.leader();
    PeerNetwork way = network;
    if (asked.getOnward()
        && !here.leadership().isHere()
        && way != null
        && leader != null
        && !leader.equals(self)) {
      byte[] direct = asked.toBuilder().clearOnward().build().toByteArray();
      return way.call(leader, DELIVER, direct, ONWARD);
    }
    return answer(here, MessageCodec.read(asked.getMessage().toByteArray()));
  }

  private byte[] answer(LocalPartition here, Message message) throws IOException {
    try {
      int takers = take(here, message).get(TAKEN_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
      return DeliverReply.newBuilder().setTakers(takers).build().toByteArray();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the coordinator stops", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the message was not taken", e);
    }
  }
}
