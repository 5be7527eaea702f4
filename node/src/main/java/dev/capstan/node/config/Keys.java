package dev.capstan.node.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.capstan.core.decision.RecoveryStrategy;
import dev.capstan.node.config.NodeConfig.ContentMode;
import dev.capstan.node.config.NodeConfig.DiscoveryProtocol;
import dev.capstan.node.config.NodeConfig.LifecycleEvents;
import dev.capstan.node.config.NodeConfig.PlacementStrategy;
import dev.capstan.node.config.NodeConfig.ReplicationProtocol;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every key that the file may have, in the order of the reference: the one table of them. */
final class Keys {
  static final String ROOT = "distributed_workflow_engine";

  private static final Pattern NODE_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:%-]{0,63}");
  private static final int GRPC_PORT = 7481;
  private static final int MOST_SLOTS = Limits.DEFAULT.slotsPerNode();

  private static final String DISCOVERY = "node_discovery";
  private static final String SCHEDULING = "scheduling";
  private static final String SYNC = "state_sync";
  private static final String CONSENSUS = "consensus";
  private static final String DETECTION = "failure_detection";
  private static final String LIFECYCLE = "lifecycle_events";
  private static final String NODE = "node";

  static final Key<Boolean> DISCOVERY_ENABLED =
      key(
          DISCOVERY,
          "enabled",
          Form.flag(),
          true,
          "Whether coordinators are searched. If not, only `seeds` are used, whatever the protocol.");
  static final Key<DiscoveryProtocol> DISCOVERY_PROTOCOL =
      key(
          DISCOVERY,
          "protocol",
          Form.word(DiscoveryProtocol.class),
          DiscoveryProtocol.MDNS,
          "`mdns` asks the local network, `dns` looks up `dns_name`, `static` takes `seeds` alone.");
  static final Key<Duration> HEARTBEAT_INTERVAL =
      key(
          DISCOVERY,
          "heartbeat_interval",
          Form.time(ofMillis(100), ofMinutes(10)),
          ofSeconds(1),
          "How often a node looks for coordinators again, announces itself and registers what changed of its"
              + " capabilities. Over mDNS it asks never more often than once a second, and down to once a"
              + " minute when it knows coordinators: these announce themselves when they come, and then every"
              + " 40 seconds.");
  static final Key<List<HostPort>> SEEDS =
      key(
          DISCOVERY,
          "seeds",
          Form.list(
              Form.text("host:port", "host:port or [IPv6 address]:port", HostPort::parse), 64),
          List.of(),
          "Coordinators that are known beforehand; used with every protocol.");
  static final Key<String> DNS_NAME =
      key(
          DISCOVERY,
          "dns_name",
          Form.text(
              "DNS name",
              "a name with A or AAAA records, or of SRV records when it begins with _",
              text -> Optional.of(text).filter(Keys::isDnsName)),
          "With the protocol `dns`: the name to look up, for instance of a headless service.");
  static final Key<Integer> DNS_PORT =
      key(
          DISCOVERY,
          "port",
          Form.whole(1, HostPort.LAST_PORT),
          GRPC_PORT,
          "With the protocol `dns`: the coordinators' gRPC port. SRV records tell it themselves.");
  static final Key<List<String>> INTERFACES =
      key(
          DISCOVERY,
          "interfaces",
          Form.list(
              Form.text(
                  "network interface",
                  "a name such as eth0, or an address of this machine",
                  text -> Optional.of(text).filter(name -> INTERFACE.matcher(name).matches())),
              16),
          List.of(),
          "With the protocol `mdns`: where to ask and announce. Empty: all that are up and not"
              + " point-to-point, at most 16. A name that no interface of the machine has stops the start; one"
              + " that is down, or an address, may come later.");

  static final Key<PlacementStrategy> STRATEGY =
      key(
          SCHEDULING,
          "strategy",
          Form.word(PlacementStrategy.class),
          PlacementStrategy.LOAD_BALANCED,
          "Which of several nodes that could take a task gets it: the least loaded, the next in turn, the"
              + " fullest, one away from its like, or the one that had its key before.");
  static final Key<String> STRATEGY_LABEL =
      key(
          SCHEDULING,
          "strategy_label",
          Form.text(
              "name of a label",
              "a name such as zone, not " + Labels.COUNTED,
              text -> Optional.of(text).filter(name -> Labels.fault(name).isEmpty())),
          "With the strategies `spread` and `affinity`: the label by whose values they go. Without it, each"
              + " node counts by itself.");
  static final Key<Duration> QUEUE_TIMEOUT =
      key(
          SCHEDULING,
          "queue_timeout",
          Form.time(ofMillis(100), ofDays(365)),
          "How long a task waits for a node before it faults with a timeout error, unless it says so itself"
              + " (`queueTimeout`). Without it, it waits for ever.");
  static final Key<Integer> MAX_TASKS_PER_NODE =
      key(
          SCHEDULING,
          "max_tasks_per_node",
          Form.whole(1, MOST_SLOTS),
          50,
          "Slots of this node when it is a worker: how many tasks it runs at a time.");

  static final Key<Boolean> SYNC_ENABLED =
      key(
          SYNC,
          "enabled",
          Form.flag(),
          true,
          "Whether replicas compare digests of their state. Replication itself is always on.");
  static final Key<ReplicationProtocol> SYNC_PROTOCOL =
      key(
          SYNC,
          "protocol",
          Form.word(ReplicationProtocol.class),
          ReplicationProtocol.RAFT,
          "How state is replicated.");
  static final Key<Duration> SYNC_INTERVAL =
      key(
          SYNC,
          "sync_interval",
          Form.time(ofMillis(100), ofHours(1)),
          ofSeconds(1),
          "Time between two comparisons of the replicas' digests.");

  static final Key<ReplicationProtocol> CONSENSUS_PROTOCOL =
      key(
          CONSENSUS,
          "protocol",
          Form.word(ReplicationProtocol.class),
          ReplicationProtocol.RAFT,
          "How replicas agree.");
  static final Key<Duration> ELECTION_TIMEOUT =
      key(
          CONSENSUS,
          "election_timeout",
          Form.time(ofMillis(100), ofSeconds(60)),
          ofMillis(300),
          "A follower that hears nothing from the leader for this long stands for election; each waits some"
              + " time between this and twice this.");
  static final Key<Integer> PARTITIONS =
      key(
          CONSENSUS,
          "partitions",
          Form.whole(0, 256),
          0,
          "Into how many partitions the state of a cluster is divided when it is made (capstan cluster init), for ever;"
              + " 0 takes one for every two processors. Each is led by itself, and the leaders are spread over the"
              + " coordinators.");

  static final Key<Boolean> DETECTION_ENABLED =
      key(
          DETECTION,
          "enabled",
          Form.flag(),
          true,
          "Whether silence counts. If not, a node is lost only when its connection breaks, and until then gets"
              + " nothing new while it is silent. What a node does that hears of no coordinator is the same:"
              + " after the lease it stops what it holds.");
  static final Key<Duration> DETECTION_INTERVAL =
      key(
          DETECTION,
          "detection_interval",
          Form.time(ofMillis(200), ofMinutes(2)),
          ofSeconds(1),
          "The lease: a node that is silent for this long is lost. Each side says something four times as"
              + " often.");
  static final Key<RecoveryStrategy> RECOVERY_STRATEGY =
      key(
          DETECTION,
          "recovery_strategy",
          Form.word(RecoveryStrategy.class),
          RecoveryStrategy.REASSIGN,
          "What becomes of the tasks of a lost node, unless they say so themselves (`recovery`): they run on"
              + " another one, wait for this one to come back, or fail.");
  static final Key<Duration> RECOVERY_TIMEOUT =
      key(
          DETECTION,
          "recovery_timeout",
          Form.time(Duration.ZERO, ofDays(365)),
          ofMinutes(1),
          "With `retry_same_node`: how long a task waits for its node to come back before it goes to any"
              + " other, unless it says so itself (`recoveryTimeout`).");

  static final Key<URI> SINK =
      key(
          LIFECYCLE,
          "sink",
          Form.text(
              "URL",
              "an absolute http or https URL without user, password and fragment",
              Keys::url),
          "Where coordinators send the life-cycle events of executions and tasks, as cloud events over HTTP"
              + " POST. Without it they are only streamed (`GET /v1/events`). The same for all coordinators.");
  static final Key<String> SINK_TOKEN_SECRET =
      key(
          LIFECYCLE,
          "token_secret",
          Form.text(
              "name of a secret",
              "1 to 256 characters",
              text -> Optional.of(text).filter(name -> !name.isBlank() && name.length() <= 256)),
          "Name of the secret of this coordinator that is sent with each request as a bearer token.");
  static final Key<Map<String, String>> SINK_HEADER_SECRETS =
      key(
          LIFECYCLE,
          "header_secrets",
          Form.map(
              SinkHeaders.ALLOWED,
              SinkHeaders.MOST,
              name ->
                  SinkHeaders.isName(name)
                      ? Optional.empty()
                      : Optional.of("is no header that can be set"),
              Form.text(
                  "name of a secret",
                  SinkHeaders.ALLOWED,
                  text -> Optional.of(text).filter(SinkHeaders::isSecret))),
          Map.of(),
          "More headers of each request, each with the name of the secret of this coordinator that is its value,"
              + " such as `x-api-key: EVENTS_KEY`.");
  static final Key<ContentMode> SINK_MODE =
      key(
          LIFECYCLE,
          "mode",
          Form.word(ContentMode.class),
          ContentMode.STRUCTURED,
          "`structured` sends one event a request, `batched` up to 100 of one execution.");
  static final Key<Boolean> STATUS_CHANGED =
      key(
          LIFECYCLE,
          "status_changed",
          Form.flag(),
          false,
          "Whether the optional events for every change of a status phase are sent too.");
  static final Key<Integer> MAX_WAITING =
      key(
          LIFECYCLE,
          "max_waiting",
          Form.whole(1, 1_000_000),
          LifecycleEvents.NOWHERE.maxWaiting(),
          "How many executions may have events that wait for the sink. Beyond, events are lost, and counted.");

  static final Key<String> NAME =
      key(
          NODE,
          "name",
          Form.text(
              "name",
              "1 to 63 letters a-z, digits and -, not - first",
              text -> Optional.of(text).filter(name -> NODE_NAME.matcher(name).matches())),
          "Name of this node. Without it, that of the machine.");
  static final Key<Path> DATA =
      key(
          NODE,
          "data",
          Form.path(),
          Path.of(".capstan"),
          "Directory of everything that must not be lost; made when it is missing.");
  static final Key<String> BIND =
      key(
          NODE,
          "bind",
          Form.text(
              "address",
              "an address or a host name of this machine; 0.0.0.0 or :: for all addresses",
              text -> Optional.of(text).filter(host -> host.equals("::") || HostPort.isHost(host))),
          "0.0.0.0",
          "Address to listen on. All without it: everything that listens asks for a certificate or an API key.");
  static final Key<String> ADVERTISE =
      key(
          NODE,
          "advertise",
          Form.text(
              "host",
              "an address or a host name that other machines know",
              text -> Optional.of(text).filter(HostPort::isHost)),
          "Address that others are told to reach this node at. Without it, the one that it listens on, or if that is all, the one from which this machine reaches others.");
  static final Key<Integer> HTTP_PORT =
      key(NODE, "http_port", port(), 7480, "Port of the HTTP API; 0 takes any that is free.");
  static final Key<Integer> GRPC_PORT_KEY =
      key(
          NODE,
          "grpc_port",
          port(),
          GRPC_PORT,
          "Port for workers and clients; 0 takes any that is free.");
  static final Key<Integer> PEER_PORT =
      key(
          NODE,
          "peer_port",
          port(),
          7482,
          "Port for other coordinators; 0 takes any that is free.");
  static final Key<Map<String, String>> LABELS =
      key(
          NODE,
          "labels",
          Form.labels(),
          Map.of(),
          "What tasks can ask of this node when it is a worker, such as `zone: a`.");
  static final Key<Duration> LEAVE_GRACE =
      key(
          NODE,
          "leave_grace",
          Form.time(Duration.ZERO, ofHours(24)),
          Duration.ZERO,
          "How long what runs on this node may go on when it leaves in order (Ctrl-C, SIGTERM). Then it is"
              + " stopped and handed back. None by itself: it runs elsewhere at once.");
  static final Key<Duration> LEAVE_GRACE_ONCE =
      key(
          NODE,
          "leave_grace_once",
          Form.time(Duration.ZERO, ofHours(24)),
          ofSeconds(10),
          "The same for tasks that are not to run twice (`recovery: fail`), since they fault when they are"
              + " handed back. Where `leave_grace` is longer, that one counts.");
  static final Key<List<TaskKind>> WITHOUT =
      key(
          NODE,
          "without",
          Form.list(
              Form.text("kind", "one of " + TaskKind.ALLOWED, TaskKind::of),
              TaskKind.values().length),
          List.of(),
          "Kinds of tasks that this node does not run when it is a worker, such as `run:container`, although"
              + " it could. Without it, it offers all that it can run.");
  static final Key<Path> SECRETS =
      key(
          NODE,
          "secrets",
          Form.path(),
          "File of secrets of a coordinator: a YAML map of names and values. On a worker it has no effect:"
              + " what a task needs comes with it.");

  /** All of them. */
  static final List<Key<?>> ALL =
      List.of(
          DISCOVERY_ENABLED,
          DISCOVERY_PROTOCOL,
          HEARTBEAT_INTERVAL,
          SEEDS,
          DNS_NAME,
          DNS_PORT,
          INTERFACES,
          STRATEGY,
          STRATEGY_LABEL,
          QUEUE_TIMEOUT,
          MAX_TASKS_PER_NODE,
          SYNC_ENABLED,
          SYNC_PROTOCOL,
          SYNC_INTERVAL,
          CONSENSUS_PROTOCOL,
          ELECTION_TIMEOUT,
          PARTITIONS,
          DETECTION_ENABLED,
          DETECTION_INTERVAL,
          RECOVERY_STRATEGY,
          RECOVERY_TIMEOUT,
          SINK,
          SINK_TOKEN_SECRET,
          SINK_HEADER_SECRETS,
          SINK_MODE,
          STATUS_CHANGED,
          MAX_WAITING,
          NAME,
          DATA,
          BIND,
          ADVERTISE,
          HTTP_PORT,
          GRPC_PORT_KEY,
          PEER_PORT,
          LABELS,
          LEAVE_GRACE,
          LEAVE_GRACE_ONCE,
          WITHOUT,
          SECRETS);

  private Keys() {}

  /** The sections in the order of the reference. */
  static List<String> sections() {
    return ALL.stream().map(Key::section).distinct().toList();
  }

  static List<Key<?>> of(String section) {
    return ALL.stream().filter(key -> key.section().equals(section)).toList();
  }

  private static Form<Integer> port() {
    return Form.whole(0, HostPort.LAST_PORT);
  }

  private static Optional<URI> url(String text) {
    try {
      URI uri = new URI(text);
      boolean http = "http".equalsIgnoreCase(uri.getScheme());
      boolean https = "https".equalsIgnoreCase(uri.getScheme());
      return Optional.of(uri)
          .filter(_ -> http || https)
          .filter(u -> u.getHost() != null && u.getUserInfo() == null && u.getFragment() == null)
          .filter(u -> u.getPort() <= HostPort.LAST_PORT);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private static boolean isDnsName(String text) {
    return text.indexOf(':') < 0
        && HostPort.isHost(text.startsWith("_") ? text.substring(1) : text);
  }

  private static <T> Key<T> key(
      String section, String name, Form<T> form, T preset, String meaning) {
    return new Key<>(section, name, form, Optional.of(preset), shown(preset), meaning);
  }

  private static <T> Key<T> key(String section, String name, Form<T> form, String meaning) {
    return new Key<>(section, name, form, Optional.empty(), "", meaning);
  }

  private static String shown(Object preset) {
    return switch (preset) {
      case Duration time -> Times.print(time);
      case Enum<?> constant -> Form.word(constant);
      case List<?> list -> "[]";
      case Map<?, ?> map -> "{}";
      default -> preset.toString();
    };
  }
}
