package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The switch's work: takes each frame from a port and hands it to the port of its address, or to
 * all others when it is for many.
 *
 * <p>Rules are applied to everything but ARP, so that a cut is one somewhere on the way: who is cut
 * off sees silence and not, after some seconds, a neighbour that does not exist. It also keeps a
 * cut of one direction from becoming one of both.
 *
 * <p>Each port has a thread, which owns its buffers. Rules may be changed by any thread.
 */
final class Fabric {
  private static final int ARP = 0x0806;
  private static final int ETHERNET = 14;

  private final Map<Integer, Port> ports = new ConcurrentSkipListMap<>();
  private final Map<Integer, Rule> rules = new ConcurrentSkipListMap<>();
  private final DelayLine delays = new DelayLine();

  /** A link to a host, or to the door. */
  private record Port(int number, int network, PacketSocket socket, LongAdder undelivered) {
    boolean reaches(Port other) {
      return network == other.network && number != other.number;
    }
  }

  /** One thread's memory for a frame and for what the kernel says. */
  private record Hand(MemorySegment frame, MemorySegment callState) {
    Hand(Arena arena) {
      this(arena.allocate(PacketSocket.LONGEST), PacketSocket.callState(arena));
    }
  }

  /**
   * Begins to carry frames of an interface.
   *
   * @param number from 1 to 254, the last byte of the interface's hardware address
   * @param network to which it belongs; nothing goes from one to another
   */
  void plug(int number, String device, int network) throws IOException {
    Port port = new Port(number, network, PacketSocket.open(device), new LongAdder());
    ports.put(number, port);
    Thread.ofPlatform().daemon().name("port-" + number).start(() -> carry(port));
  }

  void add(int id, Rule rule) {
    rules.put(id, rule);
  }

  /** Ends a rule. What it has delayed still arrives in its time. */
  void remove(int id) {
    rules.remove(id);
  }

  /** How many frames a port's link did not take. */
  long undelivered(int number) {
    Port port = ports.get(number);
    return port == null ? 0 : port.undelivered().sum();
  }

  private void carry(Port from) {
    Hand hand = new Hand(Arena.global());
    try {
      while (true) {
        int length = from.socket().receive(hand.frame(), hand.callState());
        if (length >= PacketSocket.HEADER + ETHERNET) {
          forward(from, hand, length);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void forward(Port from, Hand hand, int length) {
    boolean forMany = (octet(hand.frame(), 0) & 1) == 1;
    if (forMany) {
      for (Port to : ports.values()) {
        if (from.reaches(to)) {
          judge(from, to, hand, length);
        }
      }
    } else {
      Port to = ports.get(octet(hand.frame(), 5));
      if (to != null && from.reaches(to)) {
        judge(from, to, hand, length);
      }
    }
  }

  private void judge(Port from, Port to, Hand hand, int length) {
    MemorySegment frame = hand.frame().asSlice(0, length);
    if ((octet(frame, 12) << 8 | octet(frame, 13)) == ARP) {
      deliver(to, frame, hand.callState());
      return;
    }
    int way = Rule.way(from.number(), to.number());
    long delay = 0;
    for (Rule rule : rules.values()) {
      LongAdder hits = rule.hits().ways().get(way);
      if (hits == null) {
        continue;
      }
      switch (rule) {
        case Rule.Cut _ -> {
          hits.increment();
          return;
        }
        case Rule.Loss loss -> {
          if (loss.chance().below(100) < loss.percent()) {
            hits.increment();
            return;
          }
        }
        case Rule.Delay held -> {
          hits.increment();
          delay += held.nanos() + held.chance().below(held.jitterNanos());
        }
      }
    }
    if (delay == 0) {
      deliver(to, frame, hand.callState());
    } else {
      MemorySegment copy = MemorySegment.ofArray(new byte[length]).copyFrom(frame);
      delays.in(delay, later -> deliver(to, later.of(copy), later.callState()));
    }
  }

  private static void deliver(Port to, MemorySegment frame, MemorySegment callState) {
    if (!to.socket().send(frame, callState)) {
      to.undelivered().increment();
    }
  }

  /** A byte of the frame behind its header. */
  private static int octet(MemorySegment frame, int at) {
    return frame.get(ValueLayout.JAVA_BYTE, PacketSocket.HEADER + at) & 255;
  }
}
