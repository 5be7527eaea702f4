package dev.capstan.server.clocks;

import dev.capstan.api.v1.StateReply;
import dev.capstan.api.v1.StateRequest;
import dev.capstan.node.env.Clock;
import dev.capstan.server.agreement.Rounds;
import dev.capstan.server.clocks.ClockVerdict.Grade;
import dev.capstan.server.clocks.ClockVerdict.Reading;
import dev.capstan.server.clocks.ClockVerdict.Standing;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the other coordinators again and again what their clocks say. Says so where one differs,
 * once for each change, and sets the time that this coordinator goes by. Safe for any thread.
 */
public final class ClockWatch implements MetricsSource, AutoCloseable {
  /** A clock is off. */
  public static final String CODE = "CAP-8105";

  private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
  private static final Duration PATIENCE = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Until a majority has answered for the first time: before that, a leap of the clock counts. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private static final int FIRST_LOOKS = 100;

  private static final String ADVICE = "Let NTP set the clocks of all coordinators (" + CODE + ")";

  private final PeerNetwork network;
  private final String group;
  private final String self;
  private final Supplier<List<String>> members;
  private final AgreedClock clock;
  private volatile ClockVerdict verdict = ClockVerdict.NONE;
  private boolean everAgreed;
  private int looks;
  private final Rounds rounds = new Rounds("capstan-clock-watch");

  /**
   * @param group one that all coordinators have a replica of
   * @param self the coordinator that this is
   * @param members the coordinators that have a vote, this one among them
   * @param clock is set
   */
  public ClockWatch(
      PeerNetwork network,
      String group,
      String self,
      Supplier<List<String>> members,
      AgreedClock clock) {
    this.network = network;
    this.group = group;
    this.self = self;
    this.members = members;
    this.clock = clock;
  }

  /** For a coordinator without others, whose clock is right. */
  public static MetricsSource alone(String self) {
    return readings -> readings.value(Metric.CLOCK_AHEAD, 0, self);
  }

  /** Begins to compare; called once. */
  public void start() {
    rounds.start(this::round);
  }

  private void round() throws InterruptedException {
    try {
      look();
    } catch (RuntimeException e) {
      LOG.error("The clocks were not compared", e);
    }
    Thread.sleep(everAgreed || looks++ > FIRST_LOOKS ? PAUSE : FIRST_PAUSE);
  }

  /** Compares once; blocks until the others have answered. One thread at a time. */
  void look() throws InterruptedException {
    List<String> voters = members.get();
    if (!voters.contains(self)) {
      return;
    }
    ClockVerdict before = verdict;
    Map<String, Reading> readings = ask(voters);
    ClockVerdict now = before.next(self, voters, readings, clock.aheadMillis());
    Long agreed = now.agreedMillis();
    if (agreed != null) {
      clock.set(now.grade(self) == Grade.WRONG ? agreed : 0);
      everAgreed = true;
    }
    verdict = now;
    tell(before, now);
  }

  @Override
  public void close() {
    rounds.close();
  }

  private Map<String, Reading> ask(List<String> voters) throws InterruptedException {
    Map<String, Future<@Nullable Reading>> asked = new HashMap<>();
    Map<String, Reading> readings = new HashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String voter : voters) {
        if (!voter.equals(self)) {
          asked.put(voter, threads.submit(() -> ask(voter)));
        }
      }
      for (Map.Entry<String, Future<@Nullable Reading>> each : asked.entrySet()) {
        Reading reading = each.getValue().get();
        if (reading != null) {
          readings.put(each.getKey(), reading);
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a clock could not be asked", e.getCause());
    }
    return readings;
  }

  /** Null where it does not answer, or is of a version that does not tell. */
  private @Nullable Reading ask(String node) {
    byte[] request = StateRequest.newBuilder().setGroup(group).setIndex(-1).build().toByteArray();
    Clock own = clock.machine();
    long asked = own.nanos();
    try {
      StateReply reply =
          StateReply.parseFrom(network.call(node, PeerNetwork.Call.STATE, request, PATIENCE));
      long here = own.wallMillis();
      long half = TimeUnit.NANOSECONDS.toMillis(own.nanos() - asked) / 2 + 1;
      return reply.hasWallMillis() ? new Reading(reply.getWallMillis() + half - here, half) : null;
    } catch (IOException | RuntimeException silent) {
      return null;
    }
  }

  private void tell(ClockVerdict before, ClockVerdict now) {
    Set<String> nodes = new TreeSet<>(before.clocks().keySet());
    nodes.addAll(now.clocks().keySet());
    for (String node : nodes) {
      Standing standing = now.clocks().get(node);
      if (standing != null && standing.grade() != before.grade(node)) {
        tell(node.equals(self) ? "this coordinator" : "coordinator " + node, standing, now);
      }
    }
  }

  private void tell(String whose, Standing standing, ClockVerdict now) {
    switch (standing.grade()) {
      case GOOD -> LOG.info("The clock of {} is right again", whose);
      case APART ->
          LOG.warn(
              "The clock of {} is {} {}. {}",
              whose,
              apart(standing.aheadMillis()),
              now.agreedMillis() == null
                  ? "the time that this coordinator goes by, and no majority tells who is right"
                  : "the clocks of most coordinators",
              ADVICE);
      case WRONG ->
          LOG.warn(
              "The clock of {} is {} the clocks of most coordinators: it goes by their time, and"
                  + " leaves leading to others. {}",
              whose,
              apart(standing.aheadMillis()),
              ADVICE);
    }
  }

  /** Such as {@code 3600.0 s ahead of}. */
  private static String apart(long aheadMillis) {
    return String.format(
        Locale.ROOT,
        "%.1f s %s",
        Math.abs(aheadMillis) / 1000.0,
        aheadMillis > 0 ? "ahead of" : "behind");
  }

  /** Whether a coordinator is not to lead, because most others' clocks differ from its own. */
  public boolean isWrong(String node) {
    return verdict.grade(node) == Grade.WRONG;
  }

  /** How far a coordinator's clock is ahead of most others', in seconds; null if not known. */
  public @Nullable Double aheadSeconds(String node) {
    Standing standing = verdict.clocks().get(node);
    return standing == null ? null : Double.valueOf(standing.aheadMillis() / 1000.0);
  }

  @Override
  public void read(Readings readings) {
    verdict
        .clocks()
        .forEach((node, standing) ->
            readings.value(Metric.CLOCK_AHEAD, standing.aheadMillis() / 1000.0, node));
  }
}
