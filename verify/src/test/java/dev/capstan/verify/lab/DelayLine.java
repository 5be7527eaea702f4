package dev.capstan.verify.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Frames on a long way. What comes in with the same delay comes out in the same order. Any thread
 * may hand something in; one thread of the line's own sends.
 */
final class DelayLine {
  private final DelayQueue<Held> held = new DelayQueue<>();
  private final AtomicLong order = new AtomicLong();

  DelayLine() {
    Thread.ofPlatform().daemon().name("delay-line").start(this::send);
  }

  /** The sending thread's memory outside the heap, where the kernel can read. */
  record Later(MemorySegment room, MemorySegment callState) {
    /** The frame in that memory. */
    MemorySegment of(MemorySegment frame) {
      return room.asSlice(0, frame.byteSize()).copyFrom(frame);
    }
  }

  private record Held(long due, long number, Consumer<Later> action) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      Held that = (Held) other;
      int byTime = Long.compare(due - that.due, 0);
      return byTime != 0 ? byTime : Long.compare(number, that.number);
    }
  }

  void in(long nanos, Consumer<Later> action) {
    held.add(new Held(System.nanoTime() + nanos, order.incrementAndGet(), action));
  }

  private void send() {
    Later later =
        new Later(
            Arena.global().allocate(PacketSocket.LONGEST), PacketSocket.callState(Arena.global()));
    try {
      while (true) {
        held.take().action().accept(later);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
