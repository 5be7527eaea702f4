package dev.capstan.verify.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/** One direction of a connection: what is sent arrives in order, or not at all. */
final class Pipe {
  private static final int ROOM = 16;

  private final SimulatedNetwork network;
  private final SimulatedProcess from;
  private final SimulatedProcess to;
  private final int toLife;
  private final Runnable roomAgain;
  private final Deque<Item> queue = new ArrayDeque<>();
  private boolean manual;
  private int demand;
  private boolean scheduled;

  /** Something on its way; what ends a connection comes also to those who read nothing. */
  private record Item(Runnable arrival, boolean ends) {}

  /**
   * @param roomAgain runs at the sender when more can be sent than before
   */
  Pipe(SimulatedNetwork network, SimulatedProcess from, SimulatedProcess to, Runnable roomAgain) {
    this.network = network;
    this.from = from;
    this.to = to;
    this.toLife = to.life();
    this.roomAgain = roomAgain;
  }

  /** The receiver says from now on how much it takes. */
  void readOnDemand() {
    manual = true;
  }

  void demand(int more) {
    demand += more;
    pump();
  }

  boolean hasRoom() {
    return queue.size() < ROOM;
  }

  void send(Runnable arrival) {
    queue.add(new Item(arrival, false));
    pump();
  }

  /** The last thing that arrives, behind all that was sent. */
  void end(Runnable arrival) {
    queue.add(new Item(arrival, true));
    pump();
  }

  /** The last thing that arrives; what was sent before is lost, or some of it. */
  void tear(Runnable arrival) {
    queue.clear();
    end(arrival);
  }

  private void pump() {
    if (!scheduled && !queue.isEmpty()) {
      scheduled = true;
      network.agenda().after(network.delayNanos(), this::arrive);
    }
  }

  private void arrive() {
    scheduled = false;
    if (!network.flows(from.name(), to.name())) {
      network.whenHealed(from.name(), to.name(), this::pump);
      return;
    }
    boolean full = !hasRoom();
    while (!queue.isEmpty() && (queue.peek().ends() || !manual || demand > 0)) {
      Item item = queue.remove();
      if (manual && !item.ends()) {
        demand--;
      }
      if (to.life() == toLife) {
        to.now(item.arrival());
      }
    }
    if (full && hasRoom()) {
      from.now(roomAgain);
    }
  }
}
