package dev.capstan.node.discovery;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * One datagram of multicast DNS (RFC 6762), as far as it matters here. Names are in lower case,
 * with a dot at the end.
 *
 * @param isAnswer whether it tells, instead of asking
 * @param questions names with the type that is asked for
 * @param entries what it tells; those of other types than four are left out
 */
record MdnsMessage(boolean isAnswer, List<Question> questions, List<Entry> entries) {
  /** Of {@link Question}: any type. */
  static final int ANY = 255;

  static final int A = 1;
  static final int PTR = 12;
  static final int TXT = 16;
  static final int AAAA = 28;
  static final int SRV = 33;

  record Question(String name, int type) {}

  /** A resource record; it counts for {@code ttl} seconds, and 0 takes it back. */
  sealed interface Entry {
    String name();

    long ttl();

    /** There is an instance of a service. */
    record Pointer(String name, long ttl, String target) implements Entry {}

    /** Where an instance listens. */
    record Service(String name, long ttl, int port, String target) implements Entry {}

    /** What an instance says of itself. */
    record Text(String name, long ttl, Map<String, String> values) implements Entry {}

    /** The address of a host. */
    record Address(String name, long ttl, InetAddress address) implements Entry {}
  }
}
