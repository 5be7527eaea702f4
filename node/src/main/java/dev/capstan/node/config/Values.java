package dev.capstan.node.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one file says, by key, before it becomes a {@link NodeConfig}. For one thread. */
final class Values {
  private final Map<Key<?>, Object> given = new HashMap<>();
  private final Set<Key<?>> unreadable = new HashSet<>();

  static Values empty() {
    return new Values();
  }

  <T> void put(Key<T> key, Object value) {
    given.put(key, value);
  }

  /** The file gives a value that is none; what it should have been is unknown. */
  void putUnreadable(Key<?> key) {
    unreadable.add(key);
  }

  /** Whether the file itself gives a value. */
  boolean has(Key<?> key) {
    return given.containsKey(key) || unreadable.contains(key);
  }

  /** Whether the value is what the file's author meant, given or left out. */
  boolean isKnown(Key<?> key) {
    return !unreadable.contains(key);
  }

  /** The value, or the preset. */
  <T> T get(Key<T> key) {
    return Objects.requireNonNull(orNull(key), key.path());
  }

  /** The value, or the preset, or null when there is neither. */
  @SuppressWarnings("unchecked") // Only what the key's own form has read is put under it.
  <T> @Nullable T orNull(Key<T> key) {
    Object value = given.get(key);
    return value == null ? key.preset().orElse(null) : (T) value;
  }

  <T> Optional<T> find(Key<T> key) {
    return Optional.ofNullable(orNull(key));
  }

  NodeConfig config() {
    return new NodeConfig(
        new NodeConfig.NodeDiscovery(
            get(Keys.DISCOVERY_ENABLED),
            get(Keys.DISCOVERY_PROTOCOL),
            get(Keys.HEARTBEAT_INTERVAL),
            get(Keys.SEEDS),
            orNull(Keys.DNS_NAME),
            get(Keys.DNS_PORT),
            get(Keys.INTERFACES)),
        new NodeConfig.Scheduling(
            get(Keys.STRATEGY),
            orNull(Keys.STRATEGY_LABEL),
            orNull(Keys.QUEUE_TIMEOUT),
            get(Keys.MAX_TASKS_PER_NODE)),
        new NodeConfig.StateSync(
            get(Keys.SYNC_ENABLED), get(Keys.SYNC_PROTOCOL), get(Keys.SYNC_INTERVAL)),
        new NodeConfig.Consensus(
            get(Keys.CONSENSUS_PROTOCOL), get(Keys.ELECTION_TIMEOUT), get(Keys.PARTITIONS)),
        new NodeConfig.FailureDetection(
            get(Keys.DETECTION_ENABLED),
            get(Keys.DETECTION_INTERVAL),
            get(Keys.RECOVERY_STRATEGY),
            get(Keys.RECOVERY_TIMEOUT)),
        new NodeConfig.LifecycleEvents(
            orNull(Keys.SINK),
            orNull(Keys.SINK_TOKEN_SECRET),
            get(Keys.SINK_HEADER_SECRETS),
            get(Keys.SINK_MODE),
            get(Keys.STATUS_CHANGED),
            get(Keys.MAX_WAITING)),
        new NodeConfig.Node(
            orNull(Keys.NAME),
            get(Keys.DATA),
            get(Keys.BIND),
            orNull(Keys.ADVERTISE),
            get(Keys.HTTP_PORT),
            get(Keys.GRPC_PORT_KEY),
            get(Keys.PEER_PORT),
            get(Keys.LABELS),
            new NodeConfig.Leaving(get(Keys.LEAVE_GRACE), get(Keys.LEAVE_GRACE_ONCE)),
            get(Keys.WITHOUT),
            orNull(Keys.SECRETS)));
  }
}
