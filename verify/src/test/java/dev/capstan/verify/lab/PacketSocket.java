package dev.capstan.verify.lab;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Frames of one interface, as the kernel offers them in packet(7). Each frame has the kernel's
 * ten-byte header of virtio_net.h before it, which says what of checksums and segments is still to
 * be done; handed on unchanged, it lets whole segments of TCP pass without work. One thread may
 * receive while any others send.
 */
final class PacketSocket {
  /** Bytes before a frame. */
  static final int HEADER = 10;

  /** The longest frame with its header: a segment of 64 KiB that the sender's kernel left whole. */
  static final int LONGEST = HEADER + 14 + 65_536;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final short ALL_PROTOCOLS = 0x0300;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_VNET_HDR = 15;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int EINTR = 4;
  private static final int ENETDOWN = 100;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle SOCKET = call("socket", true, 'i', 'i', 'i', 'i');
  private static final MethodHandle INDEX = call("if_nametoindex", false, 'i', 'p');
  private static final MethodHandle BIND = call("bind", true, 'i', 'i', 'p', 'i');
  private static final MethodHandle OPTION = call("setsockopt", true, 'i', 'i', 'i', 'i', 'p', 'i');
  private static final MethodHandle RECEIVE = call("recv", true, 'l', 'i', 'p', 'l', 'i');
  private static final MethodHandle SEND = call("send", true, 'l', 'i', 'p', 'l', 'i');

  private final int descriptor;

  private PacketSocket(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Opens the frames of an interface of this process's network namespace.
   *
   * @throws IOException when there is no such interface, or the kernel refuses
   */
  static PacketSocket open(String device) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int index = (int) INDEX.invokeExact(arena.allocateFrom(device));
      if (index == 0) {
        throw new IOException("there is no interface " + device);
      }
      MemorySegment state = arena.allocate(CALL_STATE);
      int descriptor = (int) SOCKET.invokeExact(state, AF_PACKET, SOCK_RAW, 0);
      require("socket", descriptor, state);
      set(arena, descriptor, SOL_PACKET, PACKET_VNET_HDR, 1);
      set(arena, descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
      set(arena, descriptor, SOL_SOCKET, SO_RCVBUF, 4 << 20);
      MemorySegment address = arena.allocate(20);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(ValueLayout.JAVA_SHORT, 2, ALL_PROTOCOLS);
      address.set(ValueLayout.JAVA_INT, 4, index);
      require("bind", (int) BIND.invokeExact(state, descriptor, address, 20), state);
      return new PacketSocket(descriptor);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void set(Arena arena, int descriptor, int level, int option, int value)
      throws Throwable {
    MemorySegment state = arena.allocate(CALL_STATE);
    MemorySegment number = arena.allocateFrom(ValueLayout.JAVA_INT, value);
    int result = (int) OPTION.invokeExact(state, descriptor, level, option, number, 4);
    require("setsockopt " + option, result, state);
  }

  private static void require(String call, int result, MemorySegment state) throws IOException {
    if (result < 0) {
      throw new IOException(call + " failed with errno " + errno(state));
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /**
   * Memory for what the kernel says of one thread's calls.
   *
   * @param arena whose life it shares
   */
  static MemorySegment callState(Arena arena) {
    return arena.allocate(CALL_STATE);
  }

  /**
   * Waits for a frame.
   *
   * @return its bytes with the header; 0 when the wait was broken off because the link went down
   * @throws IOException for any other failure
   */
  int receive(MemorySegment buffer, MemorySegment state) throws IOException {
    long length;
    try {
      length = (long) RECEIVE.invokeExact(state, descriptor, buffer, buffer.byteSize(), 0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (length < 0 && errno(state) != ENETDOWN && errno(state) != EINTR) {
      throw new IOException("recv failed with errno " + errno(state));
    }
    return (int) Math.max(0, length);
  }

  /**
   * Hands a frame to the link.
   *
   * @param frame header and frame, no byte more
   * @return false when the link did not take it: it is down, or full
   */
  boolean send(MemorySegment frame, MemorySegment state) {
    try {
      return (long) SEND.invokeExact(state, descriptor, frame, frame.byteSize(), 0) >= 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** A function of the C library; the letters are the types of its result and its arguments. */
  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, boolean tellsErrno, char... types) {
    MemoryLayout[] arguments = new MemoryLayout[types.length - 1];
    for (int i = 1; i < types.length; i++) {
      arguments[i - 1] = layout(types[i]);
    }
    Linker linker = Linker.nativeLinker();
    Linker.Option[] options =
        tellsErrno
            ? new Linker.Option[] {Linker.Option.captureCallState("errno")}
            : new Linker.Option[0];
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(layout(types[0]), arguments),
        options);
  }

  private static MemoryLayout layout(char type) {
    return switch (type) {
      case 'i' -> ValueLayout.JAVA_INT.withOrder(ByteOrder.nativeOrder());
      case 'l' -> ValueLayout.JAVA_LONG.withOrder(ByteOrder.nativeOrder());
      case 'p' -> ValueLayout.ADDRESS;
      default -> throw new IllegalArgumentException("no type " + type);
    };
  }
}
