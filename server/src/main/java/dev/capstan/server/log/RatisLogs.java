package dev.capstan.server.log;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of one node, which share the library's server. With one replica no network port is
 * opened.
 *
 * <p>Opening reads all log files first and refuses, with a reason, what can't be trusted; after
 * that the logs start, and each consumer hears {@link LogConsumer#becameLeader} within
 * milliseconds.
 */
public final class RatisLogs implements AutoCloseable {
  private static final long START_SECONDS = 60;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);

  /**
   * Held so that its level is not forgotten: the library tells every segment and role change at
   * INFO.
   */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("org.apache.ratis");

  /** What fails here is told to the consumer; what remains is that closing wakes it. */
  private static final java.util.logging.Logger WRITER =
      java.util.logging.Logger.getLogger(
          "org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogWorker");

  /**
   * Tells every call to a replica that can't be reached, with a stack; the network tells it once.
   */
  private static final java.util.logging.Logger APPENDER =
      java.util.logging.Logger.getLogger("org.apache.ratis.server.leader.LogAppender");

  /** Tells what our own status and metrics tell: replicas that are slow, a leadership that ends. */
  private static final java.util.logging.Logger DIVISION =
      java.util.logging.Logger.getLogger("org.apache.ratis.server.RaftServer$Division");

  /** Tells with a stack what the outcome of a hand-over tells. */
  private static final java.util.logging.Logger TRANSFER =
      java.util.logging.Logger.getLogger("org.apache.ratis.server.impl.TransferLeadership");

  private static final Logger LOG = LoggerFactory.getLogger(RatisLogs.class);

  private final Map<String, RatisLog> logs;
  private final RaftServer server;
  private final Map<String, Prospects> prospects;
  private @Nullable Succession succession;
  private @Nullable SilenceWatch silenceWatch;
  private Predicate<String> isGone = _ -> false;

  private RatisLogs(
      Map<String, RatisLog> logs, RaftServer server, Map<String, Prospects> prospects) {
    this.logs = logs;
    this.server = server;
    this.prospects = prospects;
  }

  /**
   * Opens the logs of a cluster with one coordinator.
   *
   * @param consumers a consumer for each group, by the group's name; all groups the directory holds
   *     must be among them
   * @throws StartupRefusal if a log can't be trusted or can't start
   */
  public static RatisLogs openSingle(
      DataDirectory directory, LogOptions options, Map<String, ? extends LogConsumer> consumers) {
    return open(
        directory,
        options,
        consumers,
        RatisSettings.singleReplica(directory.log(), options),
        new Parameters(),
        new Confirmation(null, ANSWER_WITHIN),
        Prospects::ofSingleReplica,
        List.of(directory.node()));
  }

  /**
   * Opens the logs of a cluster with several coordinators.
   *
   * @param members the nodes that hold a replica of each group when the groups are made; empty on a
   *     node that is to be taken into groups that there are
   * @param electionTimeout of silence, up to twice as long, after which a replica stands for
   *     election
   */
  public static RatisLogs openReplicas(
      DataDirectory directory,
      LogOptions options,
      Map<String, ? extends LogConsumer> consumers,
      PeerNetwork network,
      List<String> members,
      Duration electionTimeout) {
    return openReplicas(
        directory,
        options,
        consumers,
        network,
        members,
        electionTimeout,
        electionTimeout.multipliedBy(2));
  }

  /**
   * As the other one.
   *
   * @param longest silence after which a replica stands that the library alone has watched
   */
  static RatisLogs openReplicas(
      DataDirectory directory,
      LogOptions options,
      Map<String, ? extends LogConsumer> consumers,
      PeerNetwork network,
      List<String> members,
      Duration electionTimeout,
      Duration longest) {
    AtomicReference<@Nullable Succession> succession = new AtomicReference<>();
    Contacts contacts = new Contacts(network, System::nanoTime);
    network.onDisconnect(node -> {
      Succession here = succession.get();
      if (here != null) {
        here.disconnected(node);
      }
    });
    RatisLogs opened =
        open(
            directory,
            options,
            consumers,
            RatisSettings.replicas(directory.log(), options, electionTimeout, longest),
            PeerRpc.parameters(contacts, ANSWER_WITHIN),
            new Confirmation(contacts, ANSWER_WITHIN),
            () -> new Prospects(contacts, directory.node(), electionTimeout, System::nanoTime),
            members);
    Succession made = new Succession(contacts, opened.server, opened.logs.values());
    succession.set(made);
    opened.succession = made;
    opened.isGone = network::isGone;
    made.start();
    SilenceWatch watch =
        new SilenceWatch(contacts, opened.server, opened.logs.values(), electionTimeout, made);
    opened.silenceWatch = watch;
    watch.start();
    return opened;
  }

  private static RatisLogs open(
      DataDirectory directory,
      LogOptions options,
      Map<String, ? extends LogConsumer> consumers,
      RaftProperties properties,
      Parameters parameters,
      Confirmation confirmation,
      Supplier<Prospects> noneYet,
      List<String> members) {
    quieten();
    refuseUnknownGroups(directory, consumers);
    Map<String, RatisLog> logs = new LinkedHashMap<>();
    Map<RaftGroupId, RatisLog> byId = new LinkedHashMap<>();
    Map<String, Prospects> prospects = new LinkedHashMap<>();
    List<String> fresh = new ArrayList<>();
    consumers.forEach((group, consumer) -> {
      RaftGroupId id = groupId(directory.cluster(), group);
      Path files = directory.log().resolve(id.getUuid().toString());
      LogRecovery.Start start = LogRecovery.recover(group, files, consumer);
      if (!Files.exists(files)) {
        fresh.add(group);
      }
      RatisLog log = new RatisLog(group, consumer, options, start, confirmation);
      logs.put(group, log);
      prospects.put(group, noneYet.get());
      byId.put(id, log);
    });
    @Nullable RatisLogs opened = null;
    try {
      RaftServer server =
          RaftServer.newBuilder()
              .setServerId(RaftPeerId.valueOf(directory.node()))
              .setProperties(properties)
              .setParameters(parameters)
              .setStateMachineRegistry(id -> machine(byId, id))
              .build();
      opened = new RatisLogs(logs, server, prospects);
      server.start();
      for (String group : fresh) {
        opened.create(directory, group, members);
      }
      return opened;
    } catch (IOException | RuntimeException | ExecutionException | TimeoutException e) {
      closeQuietly(opened, e);
      throw startFailed(directory, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closeQuietly(opened, e);
      throw startFailed(directory, e);
    }
  }

  /** The log of a group. */
  public ReplicatedLog log(String group) {
    return ratis(group);
  }

  private RatisLog ratis(String group) {
    RatisLog log = logs.get(group);
    if (log == null) {
      throw new IllegalArgumentException("no group " + group + ", only " + logs.keySet());
    }
    return log;
  }

  /**
   * Lets other replicas lead what this one leads: that takes a fraction of the time after which it
   * would be missed. Where nobody takes over in time, nothing is changed.
   *
   * @param heirs who may lead; of those the best one is asked whose process lives
   * @param atMost how long to wait
   * @return whether somebody may have taken over or may yet; false where this one leads nothing, or
   *     nobody else lives who may lead
   */
  public boolean handOver(Heirs heirs, Duration atMost) {
    Map<String, Boolean> alive = new HashMap<>();
    List<CompletableFuture<?>> transfers = new ArrayList<>();
    for (RatisLog log : logs.values()) {
      if (log.role().leads()) {
        log.members().forEach(member -> alive.computeIfAbsent(member, each -> lives(each, heirs)));
        heirs.of(log.status()).stream()
            .filter(heir -> alive.getOrDefault(heir, false))
            .findFirst()
            .ifPresent(heir -> transfers.add(log.handOver(server, heir, true, atMost)));
      }
    }
    try {
      CompletableFuture.allOf(transfers.toArray(CompletableFuture[]::new))
          .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      LOG.info("Nobody took over: {}", String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      LOG.info("Nobody took over within {} ms", atMost.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return alive.containsValue(true);
  }

  private boolean lives(String member, Heirs heirs) {
    return !member.equals(server.getId().toString())
        && !heirs.never().test(member)
        && !isGone.test(member);
  }

  /**
   * Lets another replica lead a group that this one leads.
   *
   * @return completes when it does; fails where it does not in time, or may not while the members
   *     are being changed
   */
  public CompletableFuture<?> handOver(String group, String node, Duration atMost) {
    return ratis(group).handOver(server, node, false, atMost);
  }

  /**
   * Whether a group has a leader as far as this replica knows, or may have one soon: not where this
   * replica is cut off from the majority. Any thread; returns at once.
   */
  public boolean mayBeLed(String group) {
    RatisLog log = ratis(group);
    return Objects.requireNonNull(prospects.get(group)).good(log.role(), log.members());
  }

  /** The nodes that have a replica of a group, as far as this one knows, in order. */
  public List<String> members(String group) {
    return ratis(group).members();
  }

  /**
   * Whether the replica here is a member of a group, and not about to be none, as far as it has
   * heard.
   */
  public boolean remains(String group) {
    return ratis(group).remains();
  }

  /**
   * Completes with the applied index when the replica here has applied an entry of a group, whoever
   * leads, and whether the entry is a change or tells of the log itself. Any thread.
   */
  public CompletableFuture<Long> applied(String group, long index) {
    return ratis(group).machine().whenApplied(index);
  }

  /**
   * Asks for these to be the nodes that have a replica of a group; on its leader only. New ones are
   * filled with state first and count after that; where one can't be reached, nothing changes. One
   * more or one fewer at a time: a change of the majority is refused.
   *
   * @return completes when that is committed
   */
  public CompletableFuture<?> setMembers(String group, List<String> nodes, Duration atMost) {
    return ratis(group).setMembers(server, nodes, atMost);
  }

  /** Closes all logs. */
  @Override
  public void close() {
    if (succession != null) {
      succession.close();
    }
    if (silenceWatch != null) {
      silenceWatch.close();
    }
    logs.values().forEach(RatisLog::close);
    try {
      server.close();
    } catch (IOException e) {
      throw new IllegalStateException("the logs did not close", e);
    }
  }

  private static ConsumerStateMachine machine(Map<RaftGroupId, RatisLog> byId, RaftGroupId id) {
    RatisLog log = byId.get(id);
    if (log == null) {
      throw new IllegalStateException("no consumer for group " + id);
    }
    return log.machine();
  }

  private void create(DataDirectory directory, String group, List<String> nodes)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    List<RaftPeer> peers =
        nodes.stream().map(node -> RaftPeer.newBuilder().setId(node).build()).toList();
    RaftGroup members = RaftGroup.valueOf(groupId(directory.cluster(), group), peers);
    server
        .groupManagementAsync(
            GroupManagementRequest.newAdd(ClientId.randomId(), server.getId(), 1, members, true))
        .get(START_SECONDS, TimeUnit.SECONDS);
  }

  private static RaftGroupId groupId(String cluster, String group) {
    byte[] name = (cluster + "/" + group).getBytes(StandardCharsets.UTF_8);
    return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(name));
  }

  private static void refuseUnknownGroups(
      DataDirectory directory, Map<String, ? extends LogConsumer> consumers) {
    List<String> known =
        consumers.keySet().stream()
            .map(group -> groupId(directory.cluster(), group).getUuid().toString())
            .toList();
    try (Stream<Path> list = Files.list(directory.log())) {
      for (Path found : list.toList()) {
        if (!known.contains(String.valueOf(found.getFileName()))) {
          throw new StartupRefusal(
              Code.GROUP_UNKNOWN,
              "The log directory holds "
                  + found
                  + ", which is none of the groups "
                  + consumers.keySet(),
              "It may hold acknowledged work that would be left out",
              "start with the number of partitions the data was written with, or move away what does"
                  + " not belong there",
              null);
        }
      }
    } catch (IOException e) {
      throw startFailed(directory, e);
    }
  }

  private static StartupRefusal startFailed(DataDirectory directory, Throwable e) {
    Throwable cause = e;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StartupRefusal refusal) {
      return refusal;
    }
    return new StartupRefusal(
        Code.LOG_START_FAILED,
        "The logs in " + directory.log() + " did not start (" + cause + ")",
        "Nothing can be acknowledged without them",
        "look at the cause; if the disk is healthy, report it with the files named there",
        cause);
  }

  private static void closeQuietly(@Nullable RatisLogs opened, Exception cause) {
    if (opened != null) {
      try {
        opened.close();
      } catch (RuntimeException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private static void quieten() {
    quieten(LIBRARY, Level.WARNING);
    quieten(WRITER, Level.SEVERE);
    quieten(APPENDER, Level.OFF);
    quieten(DIVISION, Level.OFF);
    quieten(TRANSFER, Level.OFF);
  }

  /** Unless somebody wants to hear it. */
  private static void quieten(java.util.logging.Logger logger, Level level) {
    if (logger.getLevel() == null) {
      logger.setLevel(level);
    }
  }
}
