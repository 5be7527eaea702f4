package dev.capstan.node.discovery;

import dev.capstan.node.discovery.MdnsMessage.Entry;
import dev.capstan.node.discovery.MdnsMessage.Question;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads datagrams (RFC 1035 section 4) that anybody may have sent: whatever they hold, it takes
 * time and memory in proportion to their size, and the worst is that there is no message.
 */
final class MdnsReader {
  private static final int MOST_ENTRIES = 128;
  private static final int MOST_VALUES = 16;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;
  private static final int ANSWER_BIT = 0x8000;

  private final ByteBuffer data;

  private MdnsReader(ByteBuffer data) {
    this.data = data;
  }

  /** The message from the start of {@code data} to its limit; empty if it is none. */
  static Optional<MdnsMessage> read(ByteBuffer data) {
    try {
      return Optional.of(new MdnsReader(data.slice()).message());
    } catch (Malformed | BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed", null, false, false);
    }
  }

  private MdnsMessage message() throws Malformed {
    data.getShort();
    boolean isAnswer = (data.getShort() & ANSWER_BIT) != 0;
    int questionCount = unsigned();
    int entryCount = unsigned() + unsigned() + unsigned();
    if (questionCount > MOST_ENTRIES) {
      throw new Malformed();
    }
    List<Question> questions = new ArrayList<>();
    for (int i = 0; i < questionCount; i++) {
      String name = name();
      questions.add(new Question(name, unsigned()));
      unsigned();
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < Math.min(entryCount, MOST_ENTRIES); i++) {
      entry().ifPresent(entries::add);
    }
    return new MdnsMessage(isAnswer, questions, entries);
  }

  private Optional<Entry> entry() throws Malformed {
    String name = name();
    int type = unsigned();
    unsigned();
    long ttl = Integer.toUnsignedLong(data.getInt());
    int length = unsigned();
    if (length > data.remaining()) {
      throw new Malformed();
    }
    int end = data.position() + length;
    Optional<Entry> entry = entry(name, type, ttl, length);
    data.position(end);
    return entry;
  }

  private Optional<Entry> entry(String name, int type, long ttl, int length) throws Malformed {
    return switch (type) {
      case MdnsMessage.PTR -> Optional.of(new Entry.Pointer(name, ttl, name()));
      case MdnsMessage.SRV -> {
        data.getInt();
        int port = unsigned();
        yield Optional.of(new Entry.Service(name, ttl, port, name()));
      }
      case MdnsMessage.TXT -> Optional.of(new Entry.Text(name, ttl, values(length)));
      case MdnsMessage.A -> Optional.of(new Entry.Address(name, ttl, address(length, 4)));
      case MdnsMessage.AAAA -> Optional.of(new Entry.Address(name, ttl, address(length, 16)));
      default -> Optional.empty();
    };
  }

  private InetAddress address(int length, int wanted) throws Malformed {
    if (length != wanted) {
      throw new Malformed();
    }
    byte[] address = new byte[length];
    data.get(address);
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new Malformed();
    }
  }

  /** {@code name=value} each (RFC 6763 section 6); the first of a name counts. */
  private Map<String, String> values(int length) throws Malformed {
    Map<String, String> values = new TreeMap<>();
    int end = data.position() + length;
    while (data.position() < end && values.size() < MOST_VALUES) {
      int size = Byte.toUnsignedInt(data.get());
      if (size > end - data.position()) {
        throw new Malformed();
      }
      byte[] bytes = new byte[size];
      data.get(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      int equals = text.indexOf('=');
      if (equals > 0) {
        values.putIfAbsent(
            text.substring(0, equals).toLowerCase(Locale.ROOT), text.substring(equals + 1));
      }
    }
    return values;
  }

  /** Labels, and pointers to earlier labels; each pointer leads further back, so it ends. */
  private String name() throws Malformed {
    StringBuilder name = new StringBuilder();
    int back = -1;
    int earliest = data.position();
    while (true) {
      int length = Byte.toUnsignedInt(data.get());
      if (length == 0) {
        break;
      }
      if (length >= 0xC0) {
        int target = (length & 0x3F) << 8 | Byte.toUnsignedInt(data.get());
        if (target >= earliest) {
          throw new Malformed();
        }
        back = back < 0 ? data.position() : back;
        earliest = target;
        data.position(target);
      } else {
        label(length, name);
      }
    }
    if (back >= 0) {
      data.position(back);
    }
    return name.isEmpty() ? "." : name.toString();
  }

  private void label(int length, StringBuilder name) throws Malformed {
    if (length > LONGEST_LABEL || name.length() + length + 1 > LONGEST_NAME) {
      throw new Malformed();
    }
    byte[] label = new byte[length];
    data.get(label);
    // A dot inside of a label would look like the end of it.
    String text = new String(label, StandardCharsets.UTF_8).replace('.', ' ');
    name.append(text.toLowerCase(Locale.ROOT)).append('.');
  }

  private int unsigned() {
    return Short.toUnsignedInt(data.getShort());
  }
}
