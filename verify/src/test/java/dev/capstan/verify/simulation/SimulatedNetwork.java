package dev.capstan.verify.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Which way messages get through, and how long they take. What does not get through waits, as TCP
 * lets it: connections are lost by those who give them up, and by processes that end.
 */
final class SimulatedNetwork {
  private static final long USUAL = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long STALL = TimeUnit.MILLISECONDS.toNanos(250);

  private final Agenda agenda;
  private final RandomGenerator random;
  private final List<String> coordinators;
  private final Set<String> cut = new TreeSet<>();
  private final Map<String, Long> alone = new TreeMap<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private final Map<String, Integer> held = new TreeMap<>();
  private final Tally tally;
  private double stalls;
  private double losses;
  private long keepAlives;

  SimulatedNetwork(Agenda agenda, RandomGenerator random, List<String> coordinators, Tally tally) {
    this.tally = tally;
    this.agenda = agenda;
    this.random = random;
    this.coordinators = coordinators;
  }

  Tally tally() {
    return tally;
  }

  Agenda agenda() {
    return agenda;
  }

  /** A worker says that it is there. */
  void keptAlive() {
    keepAlives++;
  }

  /** How often a worker has said that it is there. */
  long keepAlives() {
    return keepAlives;
  }

  /** How many of a thousand messages are held up, as by a packet that was lost. */
  void stalls(double aThousand) {
    stalls = aThousand / 1000;
  }

  /** How many of a thousand calls between coordinators are lost, or come twice, or unanswered. */
  void losses(double aThousand) {
    losses = aThousand / 1000;
  }

  /** Whether that happens this time. */
  boolean loses() {
    return random.nextDouble() < losses;
  }

  /** Nothing gets from one to the other any more. */
  void cut(String from, String to) {
    cut.add(from + ">" + to);
    if (coordinators.stream().noneMatch(each -> flows(each, to))) {
      alone.putIfAbsent(to, agenda.nanos());
    }
  }

  /** For how long no coordinator has been heard of by a process that did not stand still. */
  long aloneNanos(String process) {
    Long since = alone.get(process);
    return since == null ? 0 : agenda.nanos() - since;
  }

  /** A process goes on that stood still. */
  void goesOn(String process) {
    alone.computeIfPresent(process, (_, _) -> agenda.nanos());
  }

  /** Everything gets through again. */
  void heal() {
    cut.clear();
    alone.clear();
    List<Runnable> held = List.copyOf(waiting);
    waiting.clear();
    held.forEach(Runnable::run);
  }

  boolean flows(String from, String to) {
    return from.equals(to) || !cut.contains(from + ">" + to);
  }

  /** Whether two can talk. */
  boolean connects(String one, String other) {
    return flows(one, other) && flows(other, one);
  }

  /** How many messages from or to a process did not get through. */
  int held(String process) {
    return held.getOrDefault(process, 0);
  }

  /** Does something when everything gets through again, for a message that does not now. */
  void whenHealed(String from, String to, Runnable action) {
    held.merge(from, 1, Integer::sum);
    held.merge(to, 1, Integer::sum);
    waiting.add(action);
  }

  /** How long the next message takes. */
  long delayNanos() {
    long usual = random.nextLong(USUAL);
    if (random.nextDouble() >= stalls) {
      return usual;
    }
    tally.bit(Happening.MESSAGE_HELD_UP);
    return usual + random.nextLong(STALL);
  }
}
