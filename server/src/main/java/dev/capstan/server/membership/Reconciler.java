package dev.capstan.server.membership;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Makes the replicas of a group those that the rows name: one more or one fewer at a time, by the
 * coordinator that leads. Whoever is named and can't be reached is tried again, for ever; nothing
 * else waits for it. For one thread.
 */
public final class Reconciler implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** So long a replica that is to go still gets what is committed: thus it hears of it. */
  static final Duration NOTICE = Duration.ofSeconds(1);

  /**
   * And so long, if it is not known to have it: the leader may be a new one that has just begun to
   * reach the others. One that is gone never will have it.
   */
  static final Duration LONGEST_NOTICE = Duration.ofSeconds(5);

  private final Group group;
  private final Roster roster;
  private final String self;
  private final LongSupplier nanos;
  private final Map<String, Notice> noticed = new HashMap<>();
  private @Nullable CompletableFuture<?> changing;

  /** What was tried in vain since something was done: each is told once. */
  private final Set<List<String>> vain = ConcurrentHashMap.newKeySet();

  /** The last one that was to be taken in. */
  private @Nullable String lastCome;

  /**
   * A replica that is to go.
   *
   * @param nanos since when
   * @param index that it must reach to hear of it
   */
  private record Notice(long nanos, long index) {}

  /** A replicated group as seen from one coordinator. */
  public interface Group {
    /** Whether this coordinator leads it. */
    boolean leads();

    /** The nodes that have a replica. */
    List<String> members();

    /** The last committed entry that is known of. */
    long committed();

    /** The last entry that a node is known to have; -1 where nothing is known. */
    long reached(String node);

    /** Asks for these to be the nodes that have a replica. */
    CompletableFuture<?> setMembers(List<String> nodes, Duration atMost);

    /** Lets another coordinator lead. */
    void handOver();
  }

  /**
   * @param self this coordinator
   * @param nanos a clock that never goes back
   */
  public Reconciler(Group group, Roster roster, String self, LongSupplier nanos) {
    this.nanos = nanos;
    this.group = group;
    this.roster = roster;
    this.self = self;
  }

  /** Takes the next step, if there is one and the last is done. */
  @Override
  public void run() {
    CompletableFuture<?> running = changing;
    if ((running != null && !running.isDone()) || !group.leads()) {
      return;
    }
    List<String> present = group.members();
    Collection<String> wanted = wanted(present);
    List<String> next = nextStep(present, wanted, self, lastCome);
    if (next == null) {
      return;
    }
    if (!next.contains(self)) {
      LOG.info("Coordinator {} was put out of the cluster and lets another one lead", self);
      group.handOver();
      return;
    }
    next.stream().filter(node -> !present.contains(node)).forEach(node -> lastCome = node);
    changing =
        group
            .setMembers(next, PATIENCE)
            .handle((_, failure) -> {
              if (failure == null) {
                vain.clear();
                LOG.info("The replicas are {}", next);
              } else {
                LOG.atLevel(vain.add(next) ? Level.INFO : Level.DEBUG)
                    .log(
                        "The replicas are still {}, not {}; it is tried again: {}",
                        present,
                        next,
                        failure.getMessage());
              }
              return null;
            });
  }

  private Collection<String> wanted(List<String> present) {
    Set<String> wanted = new TreeSet<>(roster.coordinators().keySet());
    if (wanted.isEmpty()) {
      return wanted;
    }
    for (String node : present) {
      if (wanted.contains(node)) {
        noticed.remove(node);
      } else if (!hasHeard(node)) {
        wanted.add(node);
      }
    }
    return wanted;
  }

  private boolean hasHeard(String leaving) {
    long now = nanos.getAsLong();
    Notice notice = noticed.computeIfAbsent(leaving, _ -> new Notice(now, group.committed()));
    long waited = now - notice.nanos();
    boolean known = leaving.equals(self) || group.reached(leaving) >= notice.index();
    return waited >= (known ? NOTICE : LONGEST_NOTICE).toNanos();
  }

  /**
   * The replicas after the next step; null when there is none. Those that are to go go first, since
   * they may be gone already and count towards the majority; the leader itself goes last. Those
   * that are to come take turns, since one may have gone for good before it was taken in.
   *
   * @param lastCome who had the last turn to come
   */
  static @Nullable List<String> nextStep(
      Collection<String> present,
      Collection<String> wanted,
      String self,
      @Nullable String lastCome) {
    if (wanted.isEmpty() || present.isEmpty()) {
      return null;
    }
    TreeSet<String> next = new TreeSet<>(present);
    List<String> leaving = new ArrayList<>(new TreeSet<>(present));
    leaving.removeAll(wanted);
    if (leaving.remove(self)) {
      leaving.addLast(self);
    }
    TreeSet<String> coming = new TreeSet<>(wanted);
    coming.removeAll(present);
    if (!leaving.isEmpty() && !leaving.getFirst().equals(self)) {
      next.remove(leaving.getFirst());
    } else if (!coming.isEmpty()) {
      String following = lastCome == null ? null : coming.higher(lastCome);
      next.add(following == null ? coming.first() : following);
    } else if (!leaving.isEmpty()) {
      next.remove(self);
    } else {
      return null;
    }
    return List.copyOf(next);
  }
}
