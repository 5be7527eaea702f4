package dev.capstan.server.boot;

import dev.capstan.node.env.Clock;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spreads the leaderships of partitions over the coordinators. Each partition has a coordinator
 * that should lead it; another one that has led it quietly for a while hands it over when that one
 * has everything. The first partition stays where it is.
 *
 * <p>Whoever leads another partition needs the first one as it is: there stands which definitions,
 * nodes and coordinators there are. So a coordinator that does not hear of it, because the network
 * between it and whoever leads that one is broken, hands over to one that does, and gets nothing
 * back before it hears of it again.
 *
 * <p>Looked at again and again on one thread; what waits for others is done on another one.
 */
public final class Spread implements Runnable {
  /** How often to look. */
  public static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /**
   * So long nothing is handed over after a change, so that one change does not bring about the
   * next, and whoever has just come gets to know the workers before it leads.
   */
  static final Duration QUIET = Duration.ofSeconds(3);

  /** A partition decides nothing while it is handed over: what fails is not tried all the time. */
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private static final Duration AT_MOST = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Spread.class);

  private final List<? extends Group> groups;
  private final String self;
  private final Heirs heirs;
  private final Predicate<String> current;
  private final Clock clock;
  private final Executor waiting;
  private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);
  private String seen = "";
  private long changedNanos;
  private Duration pause = Duration.ZERO;
  private long failedNanos;

  /** A partition as this coordinator has it. Any thread. */
  public interface Group {
    /** From 0. */
    int number();

    /** Whether it is led here. */
    boolean isHere();

    /** Who leads it; null where nobody is known to. */
    @Nullable String leader();

    /** The coordinators that have a replica. */
    List<String> members();

    /** Where its log stands. */
    LogStatus status();

    /** Lets another coordinator lead; fails where it does not in time. */
    CompletableFuture<?> handOver(String node, Duration atMost);
  }

  /**
   * Of one coordinator.
   *
   * @param groups all partitions, the first one first
   * @param current whether a coordinator, this or another one, has everything that was acknowledged
   *     in the first partition; may wait for the network
   * @param waiting for what waits
   */
  public Spread(
      List<? extends Group> groups,
      String self,
      Heirs heirs,
      Predicate<String> current,
      Clock clock,
      Executor waiting) {
    this.groups = List.copyOf(groups);
    this.self = self;
    this.heirs = heirs;
    this.current = current;
    this.clock = clock;
    this.waiting = waiting;
    this.changedNanos = clock.nanos();
  }

  @Override
  public void run() {
    if (!underWay.isDone()) {
      return;
    }
    List<Group> led = new ArrayList<>();
    groups.stream().skip(1).filter(Group::isHere).forEach(led::add);
    boolean quiet = isQuiet();
    if (!led.isEmpty() && !isPaused()) {
      underWay =
          CompletableFuture.runAsync(() -> look(led, quiet), waiting)
              .exceptionally(failure -> {
                LOG.error("Spreading leaderships failed; it is done again", failure);
                return null;
              });
    }
  }

  private boolean isQuiet() {
    StringBuilder now = new StringBuilder();
    for (Group each : groups) {
      now.append(each.leader()).append(each.members());
      if (each.isHere()) {
        each.status().peers().stream()
            .filter(LogStatus.Peer::answers)
            .forEach(peer -> now.append(peer.node()).append(' '));
      }
    }
    if (!now.toString().equals(seen)) {
      seen = now.toString();
      changedNanos = clock.nanos();
    }
    return clock.nanos() - changedNanos >= QUIET.toNanos();
  }

  private boolean isPaused() {
    return clock.nanos() - failedNanos < pause.toNanos();
  }

  private void look(List<Group> led, boolean quiet) {
    // Asked twice: one question is lost with a connection, or comes while the first leader changes.
    if (!groups.getFirst().isHere() && !current.test(self) && !current.test(self)) {
      Map<String, Boolean> asked = new HashMap<>();
      led.forEach(each -> leave(each, asked));
    } else if (quiet) {
      boolean _ = led.stream().anyMatch(this::spread);
    }
  }

  /** To the best of those that have the first partition; where nobody does, it stays. */
  private void leave(Group group, Map<String, Boolean> asked) {
    heirs.unspared(group.status()).stream()
        .filter(heir -> asked.computeIfAbsent(heir, current::test))
        .findFirst()
        .ifPresent(heir -> {
          LOG.warn(
              "Partition {} is handed over to {}: this coordinator does not reach the one that leads the first partition",
              group.number(),
              heir);
          handOver(group, heir);
        });
  }

  private boolean spread(Group group) {
    String wanted = wanted(group);
    if (wanted == null
        || wanted.equals(self)
        || !heirs.has(group.status(), wanted)
        || !current.test(wanted)) {
      return false;
    }
    LOG.info("Partition {} is handed over to {}", group.number(), wanted);
    handOver(group, wanted);
    return true;
  }

  private @Nullable String wanted(Group group) {
    String first = groups.getFirst().leader();
    List<String> members = group.members().stream().filter(heirs.spared().negate()).toList();
    int start = first == null ? -1 : members.indexOf(first);
    return start < 0 ? null : members.get((start + group.number()) % members.size());
  }

  private void handOver(Group group, String node) {
    try {
      Object _ = group.handOver(node, AT_MOST).join();
      pause = Duration.ZERO;
    } catch (CompletionException failure) {
      Duration longer = pause.isZero() ? QUIET : pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
      failedNanos = clock.nanos();
      LOG.info(
          "Partition {} stays here, for {} s at least: {}",
          group.number(),
          pause.toSeconds(),
          failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage());
    }
  }
}
