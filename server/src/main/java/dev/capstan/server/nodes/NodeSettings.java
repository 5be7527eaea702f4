package dev.capstan.server.nodes;

import dev.capstan.core.placement.Strategy;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.Limits;
import java.time.Duration;

/**
 * How a coordinator treats its worker nodes.
 *
 * @param cluster id of the cluster, told to workers
 * @param coordinator name of this coordinator, told to workers
 * @param keepAlive each side says something at least this often
 * @param silentIntervals of silence after which a session is lost; half of them make its node
 *     suspect
 * @param silenceCounts whether silence ends a session; if not, only a connection that breaks does
 * @param reconnectWithin how long a node whose connection broke keeps its attempts: long enough to
 *     connect again, short enough that those of a process that died go elsewhere at once
 * @param helloWithin how long a new stream may take to say hello
 * @param refusalPause how long a node that refused an attempt is given nothing
 * @param remembered how many nodes that left or were lost are still shown
 * @param partitions of the cluster, told to workers
 */
public record NodeSettings(
    String cluster,
    String coordinator,
    Duration keepAlive,
    int silentIntervals,
    boolean silenceCounts,
    Duration reconnectWithin,
    Duration helloWithin,
    Duration refusalPause,
    int remembered,
    Strategy strategy,
    Limits limits,
    int partitions) {

  /**
   * A stream to a coordinator that does not lead is kept alive so many times less often: nothing
   * depends on it until there is no leader, and then its worker asks.
   */
  private static final int QUIETER_IN_STANDBY = 8;

  /** All nodes together connect to each coordinator that does not lead this far apart. */
  private static final Duration STANDBY_CONNECTS_EVERY = Duration.ofMillis(300);

  private static final int DEAF_SILENCES = 10;

  private static final Duration LONGEST_SPREAD = Duration.ofMinutes(5);

  /**
   * @throws IllegalArgumentException when a time makes no sense
   */
  public NodeSettings {
    if (keepAlive.toMillis() < 10 || silentIntervals < 2) {
      throw new IllegalArgumentException(
          "keepAlive must be at least 10 ms and silentIntervals at least 2: "
              + keepAlive
              + ", "
              + silentIntervals);
    }
  }

  /** Settings of a cluster with one partition. */
  public NodeSettings(
      String cluster,
      String coordinator,
      Duration keepAlive,
      int silentIntervals,
      boolean silenceCounts,
      Duration reconnectWithin,
      Duration helloWithin,
      Duration refusalPause,
      int remembered,
      Strategy strategy,
      Limits limits) {
    this(
        cluster,
        coordinator,
        keepAlive,
        silentIntervals,
        silenceCounts,
        reconnectWithin,
        helloWithin,
        refusalPause,
        remembered,
        strategy,
        limits,
        1);
  }

  /**
   * A node is lost after 1.2 s of silence, which leaves the rest of two seconds to start its tasks
   * elsewhere.
   */
  public static NodeSettings ofDefaults(String cluster, String coordinator) {
    return new NodeSettings(
        cluster,
        coordinator,
        Duration.ofMillis(300),
        4,
        true,
        Duration.ofMillis(150),
        Duration.ofSeconds(5),
        Duration.ofMillis(250),
        1_000,
        new Strategy.LoadBalanced(),
        Limits.DEFAULT);
  }

  /** What a coordinator's configuration says, and the defaults for the rest. */
  public static NodeSettings of(CoordinatorConfig config) {
    NodeSettings usual = ofDefaults(config.cluster(), config.coordinator());
    return new NodeSettings(
        usual.cluster,
        usual.coordinator,
        config.keepAlive(),
        usual.silentIntervals,
        config.silenceCounts(),
        usual.reconnectWithin,
        usual.helloWithin,
        usual.refusalPause,
        usual.remembered,
        config.scheduling().strategy(),
        config.limits(),
        config.partitions());
  }

  long silenceNanos() {
    return keepAlive.toNanos() * silentIntervals;
  }

  /** Something is said when nothing was for so long, which leaves time for it to arrive. */
  long pauseNanos() {
    return keepAlive.toNanos() / 4 * 3;
  }

  /** As {@link #keepAlive}, where this coordinator does not lead. */
  Duration standbyKeepAlive() {
    return keepAlive.multipliedBy(QUIETER_IN_STANDBY);
  }

  long standbySilenceNanos() {
    return silenceNanos() * QUIETER_IN_STANDBY;
  }

  long standbyPauseNanos() {
    return pauseNanos() * QUIETER_IN_STANDBY;
  }

  /**
   * How long a coordinator that begins to lead waits for the nodes of the former leader, where it
   * sees no sign that they are gone ({@link Attendance}): one silence, for which a node may still
   * take the former one for its leader, and another one to connect in. Workers are told, and try to
   * connect often enough.
   */
  long returnNanos() {
    return 2 * silenceNanos();
  }

  long returnMillis() {
    return returnNanos() / 1_000_000;
  }

  /**
   * Within how long a node connects to the coordinators that don't lead, where so many nodes are.
   */
  long spreadMillis(int nodes) {
    return Math.min(STANDBY_CONNECTS_EVERY.toMillis() * nodes, LONGEST_SPREAD.toMillis());
  }

  /**
   * A coordinator that has not handled what workers said for so long does not wait any longer to
   * call those silent that it has not heard.
   */
  long deafNanos() {
    return DEAF_SILENCES * silenceNanos();
  }

  /**
   * A worker that has not read for so long what it was sent gets nothing more. It says what it has
   * read at least with each of its keep-alives, so this leaves half an interval for the way.
   */
  long confirmNanos() {
    return keepAlive.toNanos() * 3 / 2;
  }

  long suspectNanos() {
    return keepAlive.toNanos() * Math.max(2, silentIntervals / 2);
  }
}
