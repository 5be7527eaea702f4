package dev.capstan.server.log;

import static dev.capstan.node.env.StorageFailure.Code.LOG_STOPPED;

import dev.capstan.node.env.StorageFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The production log: one group of Apache Ratis.
 *
 * <p>A proposal goes straight to the group's division, on the caller's thread, without a network
 * hop; the division queues it for its writer thread, which writes all that has gathered and syncs
 * once. The updater thread applies what is committed and completes the proposals.
 */
final class RatisLog implements ReplicatedLog, ConsumerStateMachine.Listener {
  private static final Logger LOGGER = LoggerFactory.getLogger(RatisLog.class);
  private static final long SNAPSHOT_TIMEOUT_MILLIS = 60_000;
  private static final long END_SECONDS = 30;

  /** A replica that says nothing for so long misses several heartbeats. */
  private static final long SHORTEST_SILENCE_MILLIS = 1_000;

  /** Heartbeats come twice in an election timeout. */
  private static final long SILENT_TIMEOUTS = 2;

  private final String group;
  private final LogConsumer consumer;
  private final LogOptions options;
  private final InFlight inFlight;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private final HandOver handOver = new HandOver(client, calls::incrementAndGet);
  private final Set<Proposal> pending = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable StorageFailure> failure = new AtomicReference<>();

  /** The consumer knows of the failure, so who proposed may know too. */
  private volatile boolean failureTold;

  private final AtomicBoolean closed = new AtomicBoolean();

  private final AtomicReference<@Nullable CompletableFuture<Long>> snapshotting =
      new AtomicReference<>();
  private final ConsumerStateMachine machine;
  private final Confirmation confirmation;
  private volatile RaftServer.@Nullable Division division;

  /** Since the last snapshot was begun; touched by the applying thread alone. */
  private long entriesSinceSnapshot;

  private long bytesSinceSnapshot;

  RatisLog(
      String group,
      LogConsumer consumer,
      LogOptions options,
      LogRecovery.Start start,
      Confirmation confirmation) {
    this.confirmation = confirmation;
    this.group = group;
    this.consumer = consumer;
    this.options = options;
    inFlight = new InFlight(options.maxInFlight(), options.maxInFlightBytes());
    machine =
        new ConsumerStateMachine(
            consumer, start.snapshots(), start.snapshot(), start.consumed(), this);
  }

  ConsumerStateMachine machine() {
    return machine;
  }

  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    Proposal proposal = new Proposal(entry);
    LogException refusal = admit(proposal);
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    pending.add(proposal);
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = submit(RaftClientRequest.writeRequestType(), proposal);
    } catch (IOException | RuntimeException e) {
      settle(proposal, null, e);
      return proposal.outcome();
    }
    CompletableFuture<?> _ = reply.whenComplete((r, e) -> settle(proposal, r, e));
    if (failureTold) {
      failPending();
    }
    return proposal.outcome();
  }

  /** Takes a place in flight, or tells why not. */
  private @Nullable LogException admit(Proposal proposal) {
    LogException refusal = refusal();
    if (refusal != null) {
      return refusal;
    }
    if (proposal.bytes() > options.maxEntryBytes()) {
      return new LogException.TooLarge(proposal.bytes(), options.maxEntryBytes());
    }
    try {
      inFlight.acquire(proposal.bytes());
      return null;
    } catch (LogException.Full full) {
      return full;
    }
  }

  private @Nullable LogException refusal() {
    if (closed.get()) {
      return new LogException.Closed();
    }
    StorageFailure failed = failure.get();
    if (failed != null) {
      return new LogException.Failed(failed);
    }
    return division() == null ? new LogException.NotLeader(null) : null;
  }

  private CompletableFuture<RaftClientReply> submit(RaftClientRequest.Type type, Message message)
      throws IOException {
    RaftServer.Division running = running();
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(running.getId())
            .setGroupId(running.getMemberId().getGroupId())
            .setCallId(calls.incrementAndGet())
            .setType(type)
            .setMessage(message)
            .build();
    return ((RaftClientAsynchronousProtocol) running).submitClientRequestAsync(request);
  }

  private RaftServer.Division running() {
    RaftServer.Division running = division();
    if (running == null) {
      throw new LogException.NotLeader(null);
    }
    return running;
  }

  /** The running part of the library, or null before the library has begun to start it. */
  RaftServer.@Nullable Division division() {
    RaftServer.Division found = division;
    if (found == null && machine.getServer().isDone()) {
      try {
        found = machine.getServer().join().getDivision(machine.getGroupId());
        division = found;
      } catch (IOException e) {
        return null;
      }
    }
    return found;
  }

  private void settle(
      Proposal proposal, @Nullable RaftClientReply reply, @Nullable Throwable thrown) {
    if (!pending.remove(proposal)) {
      return;
    }
    inFlight.release(proposal.bytes());
    if (reply != null && reply.isSuccess()) {
      proposal.outcome().complete(reply.getLogIndex());
      return;
    }
    Throwable cause = reply == null ? unwrap(thrown) : reply.getException();
    proposal
        .outcome()
        .completeExceptionally(
            proposal.appended() || cause instanceof StorageFailure
                ? new LogException.OutcomeUnknown("the entry was appended, then: " + cause, cause)
                : refusalFor(cause));
  }

  /** Translates an error after which nothing was appended. */
  private LogException refusalFor(@Nullable Throwable cause) {
    LogException general = refusal();
    if (general != null) {
      return general;
    }
    return switch (cause) {
      case LogException e -> e;
      case NotLeaderException e -> new LogException.NotLeader(leaderIn(e));
      case LeaderNotReadyException _ -> new LogException.NotLeader(null);
      case LeaderSteppingDownException _ -> new LogException.NotLeader(null);
      case ResourceUnavailableException e -> new LogException.Full(String.valueOf(e.getMessage()));
      case null -> new LogException.NotLeader(null);
      default -> new LogException.Failed(cause);
    };
  }

  private static @Nullable String leaderIn(NotLeaderException e) {
    RaftPeer leader = e.getSuggestedLeader();
    return leader == null ? null : leader.getId().toString();
  }

  private static @Nullable Throwable unwrap(@Nullable Throwable e) {
    return e instanceof CompletionException c && c.getCause() != null ? c.getCause() : e;
  }

  @Override
  public LogRole role() {
    RaftServer.Division running = closed.get() ? null : division();
    if (running == null) {
      return new LogRole(LogRole.Kind.FOLLOWER, 0, null);
    }
    DivisionInfo info = running.getInfo();
    String leader = info.getLeaderId() == null ? null : info.getLeaderId().toString();
    LogRole.Kind kind =
        switch (info.getCurrentRole()) {
          case LEADER ->
              isReady(info) && !handOver.isUnderWay()
                  ? LogRole.Kind.LEADER
                  : LogRole.Kind.CANDIDATE;
          case CANDIDATE -> LogRole.Kind.CANDIDATE;
          case FOLLOWER, LISTENER, UNRECOGNIZED -> LogRole.Kind.FOLLOWER;
        };
    return new LogRole(kind, info.getCurrentTerm(), leader);
  }

  private boolean isReady(DivisionInfo info) {
    return info.isLeaderReady() && failure.get() == null;
  }

  /**
   * Asks for one replica to lead instead of this one; does nothing where this one does not.
   *
   * @param leaves as for {@link HandOver#to}
   */
  CompletableFuture<?> handOver(RaftServer server, String node, boolean leaves, Duration atMost) {
    RaftServer.Division running = closed.get() ? null : division();
    return running == null || !role().leads()
        ? CompletableFuture.completedFuture(null)
        : handOver.to(node, leaves, server, running, atMost);
  }

  /** The nodes that have a replica, as far as this one knows; none before it has heard of any. */
  List<String> members() {
    RaftServer.Division running = closed.get() ? null : division();
    return running == null
        ? List.of()
        : running.getRaftConf().getAllPeers().stream()
            .map(peer -> peer.getId().toString())
            .sorted()
            .toList();
  }

  /**
   * Whether this replica is to count in majorities when the change of members is done that it knows
   * of.
   */
  boolean remains() {
    RaftServer.Division running = closed.get() ? null : division();
    return running != null
        && running.getRaftConf().getCurrentPeers().stream()
            .anyMatch(peer -> peer.getId().equals(running.getId()));
  }

  /**
   * Asks for these to be the nodes that have a replica; on the leader only. New ones are filled
   * first, and count after that.
   */
  CompletableFuture<?> setMembers(RaftServer server, List<String> nodes, Duration atMost) {
    RaftServer.Division running = closed.get() ? null : division();
    if (running == null || !role().leads()) {
      return CompletableFuture.failedFuture(new LogException.NotLeader(role().leader()));
    }
    List<RaftPeer> peers =
        nodes.stream().map(node -> RaftPeer.newBuilder().setId(node).build()).toList();
    try {
      return server
          .setConfigurationAsync(
              new SetConfigurationRequest(
                  client,
                  running.getId(),
                  running.getMemberId().getGroupId(),
                  calls.incrementAndGet(),
                  SetConfigurationRequest.Arguments.newBuilder()
                      .setServersInNewConf(peers)
                      .build()))
          .orTimeout(atMost.toMillis(), TimeUnit.MILLISECONDS)
          .thenAccept(reply -> {
            if (!reply.isSuccess()) {
              throw new CompletionException(reply.getException());
            }
          });
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Long> barrier() {
    LogException refusal = refusal();
    RaftServer.Division running = division();
    LogRole role = role();
    // A leader that hands over is one until another one is elected.
    boolean leads = running != null && running.getInfo().isLeader() && isReady(running.getInfo());
    if (refusal == null && !leads) {
      // A fresh leader does not know yet what earlier leaders have committed, and is none here.
      refusal = new LogException.NotLeader(isSelf(role.leader()) ? null : role.leader());
    }
    if (refusal != null || running == null) {
      return CompletableFuture.failedFuture(refusal);
    }
    // Taken before anybody is asked: all that was acknowledged is in it if nobody else leads.
    long index = running.getRaftLog().getLastCommittedIndex();
    return confirmation
        .of(running, role.term())
        .thenCompose(_ -> {
          LogException late = refusal();
          return late == null
              ? machine.whenApplied(index)
              : CompletableFuture.<Long>failedFuture(late);
        });
  }

  private boolean isSelf(@Nullable String node) {
    RaftServer.Division running = division();
    return running != null && running.getId().toString().equals(node);
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    LogException refusal = refusal();
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    CompletableFuture<Long> mine = new CompletableFuture<>();
    while (true) {
      CompletableFuture<Long> running = snapshotting.get();
      if (running != null && !running.isDone()) {
        return running.copy();
      }
      if (snapshotting.compareAndSet(running, mine)) {
        Thread.ofPlatform().daemon().name(group + "-snapshot").start(() -> takeSnapshot(mine));
        return mine.copy();
      }
    }
  }

  private void takeSnapshot(CompletableFuture<Long> done) {
    try {
      long index = machine.prepareSnapshot();
      if (index == machine.snapshotIndex()) {
        done.complete(index);
        return;
      }
      RaftServer.Division running = running();
      CompletableFuture<?> _ =
          machine
              .getServer()
              .join()
              .snapshotManagementAsync(
                  SnapshotManagementRequest.newCreate(
                      client,
                      running.getId(),
                      running.getMemberId().getGroupId(),
                      calls.incrementAndGet(),
                      SNAPSHOT_TIMEOUT_MILLIS,
                      1))
              .whenComplete((reply, thrown) -> {
                if (reply != null && reply.isSuccess()) {
                  done.complete(reply.getLogIndex());
                } else {
                  done.completeExceptionally(
                      refusalFor(reply == null ? unwrap(thrown) : reply.getException()));
                }
              });
    } catch (IOException | RuntimeException e) {
      if (!closed.get()) {
        failed(StorageFailure.of("taking a snapshot of " + group, e));
      }
      done.completeExceptionally(refusalFor(e));
    }
  }

  @Override
  public LogStatus status() {
    LogRole role = role();
    RaftServer.Division running = division();
    if (running == null) {
      return new LogStatus(
          role, -1, -1, -1, machine.consumed(), machine.snapshotIndex(), 0, 0, 0, List.of());
    }
    RaftLog log = running.getRaftLog();
    return new LogStatus(
        role,
        log.getStartIndex(),
        log.getNextIndex() - 1,
        log.getLastCommittedIndex(),
        running.getInfo().getLastAppliedIndex(),
        machine.snapshotIndex(),
        inFlight.entries(),
        inFlight.bytes(),
        bytesOnDisk(running.getRaftStorage().getStorageDir().getCurrentDir().toPath()),
        peers(running, log.getNextIndex() - 1));
  }

  /** The library tells match indexes and silences in the same order. */
  private static List<LogStatus.Peer> peers(RaftServer.Division division, long lastIndex) {
    long[] matches = division.getInfo().getFollowerMatchIndices();
    RoleInfoProto role = division.getInfo().getRoleInfoProto();
    if (matches == null || !role.hasLeaderInfo()) {
      return List.of();
    }
    List<ServerRpcProto> followers = role.getLeaderInfo().getFollowerInfoList();
    long silence =
        Math.max(
            SHORTEST_SILENCE_MILLIS,
            SILENT_TIMEOUTS
                * RaftServerConfigKeys.Rpc.timeoutMin(division.getRaftServer().getProperties())
                    .toLong(TimeUnit.MILLISECONDS));
    List<LogStatus.Peer> peers = new ArrayList<>();
    for (int i = 0; i < Math.min(matches.length, followers.size()); i++) {
      ServerRpcProto follower = followers.get(i);
      peers.add(
          new LogStatus.Peer(
              follower.getId().getId().toStringUtf8(),
              matches[i],
              lastIndex - matches[i],
              follower.getLastRpcElapsedTimeMs(),
              follower.getLastRpcElapsedTimeMs() < silence));
    }
    return peers;
  }

  private static long bytesOnDisk(Path files) {
    long sum = 0;
    try (Stream<Path> list = Files.list(files)) {
      for (Path file : list.toList()) {
        sum += sizeOf(file);
      }
    } catch (IOException e) {
      return -1;
    }
    return sum;
  }

  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException purged) {
      return 0;
    }
  }

  @Override
  public void applied(long index, int bytes) {
    entriesSinceSnapshot++;
    bytesSinceSnapshot += bytes;
    if (entriesSinceSnapshot >= options.snapshotEntries()
        || bytesSinceSnapshot >= options.snapshotBytes()) {
      entriesSinceSnapshot = 0;
      bytesSinceSnapshot = 0;
      CompletableFuture<?> _ = snapshot();
    }
  }

  @Override
  public void failed(StorageFailure cause) {
    if (closed.get() || !failure.compareAndSet(null, cause)) {
      return;
    }
    LOGGER.error("The log of {} can't go on", group, cause);
    try {
      consumer.failed(cause);
    } finally {
      failureTold = true;
      failPending();
      Thread.ofPlatform().daemon().name(group + "-stop").start(this::closeDivision);
    }
  }

  private void failPending() {
    StorageFailure cause = failure.get();
    if (cause != null) {
      machine.failWaits(new LogException.Failed(cause));
    }
    for (Proposal proposal : List.copyOf(pending)) {
      settle(proposal, null, cause);
    }
  }

  private void closeDivision() {
    RaftServer.Division running = division();
    if (running == null || running.getInfo().getLifeCycleState() == LifeCycle.State.CLOSED) {
      return;
    }
    String division = running.getMemberId().toString();
    new WriterWaker(division, machine.ended()).start();
    EvictionEnd.await(division);
    if (!machine.closing()) {
      awaitEnd();
    }
    running.close();
  }

  /** The library closes by itself after a throw of the consumer. */
  private void awaitEnd() {
    try {
      if (!machine.ended().await(END_SECONDS, TimeUnit.SECONDS)) {
        LOGGER.error("The log of {} did not end within {} s after its failure", group, END_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closeDivision();
      machine.mute();
      machine.failWaits(new LogException.Closed());
      for (Proposal proposal : List.copyOf(pending)) {
        settle(proposal, null, new StorageFailure(LOG_STOPPED, "the log was closed", null));
      }
    }
  }
}
