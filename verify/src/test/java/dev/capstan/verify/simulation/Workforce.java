package dev.capstan.verify.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The workers: those that are in, and those that were put out, which go on as they were until they
 * hear of that. In the place of one that was put out comes another one with a name of its own.
 */
final class Workforce {
  /** So many may be put out in a run, so that it comes to its end. */
  private static final int MOST_LEAVE = 12;

  private final Members members;
  private final Function<String, SimulatedWorker> machines;
  private final List<SimulatedWorker> workers = new ArrayList<>();
  private final List<SimulatedWorker> outcasts = new ArrayList<>();
  private final Set<SimulatedWorker> leaving = new HashSet<>();
  private int names;
  private int left;

  /**
   * @param machines makes a worker with a name
   */
  Workforce(Members members, Function<String, SimulatedWorker> machines, int count) {
    this.members = members;
    this.machines = machines;
    for (int i = 0; i < count; i++) {
      workers.add(next());
    }
  }

  private SimulatedWorker next() {
    names++;
    return machines.apply("w" + names);
  }

  /** Starts all, and lets them in. */
  void start() {
    workers.forEach(each -> {
      members.letIn(each.process().name(), false, () -> {});
      each.start();
    });
  }

  /** Those that are in; changes. */
  List<SimulatedWorker> workers() {
    return workers;
  }

  /** Whether one may be put out now; nobody is to be asked that about it twice. */
  boolean mayLose(SimulatedWorker worker) {
    return members.areAllIn()
        && left + leaving.size() < MOST_LEAVE
        && workers.contains(worker)
        && leaving.add(worker);
  }

  /** It stays after all. */
  void keep(SimulatedWorker worker) {
    leaving.remove(worker);
  }

  /** One was put out: another one comes. */
  void replace(SimulatedWorker worker) {
    left++;
    SimulatedWorker next = next();
    members.letIn(
        next.process().name(),
        false,
        () -> {
          leaving.remove(worker);
          workers.set(workers.indexOf(worker), next);
          outcasts.add(worker);
          next.start();
        });
  }

  /** Those that were put out. */
  List<SimulatedWorker> outcasts() {
    return outcasts;
  }

  /** Whether nobody is on the way in or out, and nobody runs anything. */
  boolean rests() {
    return members.areAllIn()
        && leaving.isEmpty()
        && workers.stream().allMatch(each -> each.running() == 0)
        && outcasts.stream().allMatch(each -> each.running() == 0);
  }
}
