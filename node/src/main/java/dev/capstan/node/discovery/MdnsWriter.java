package dev.capstan.node.discovery;

import dev.capstan.node.discovery.MdnsMessage.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes datagrams of multicast DNS. What is written is short, so no name is compressed. */
final class MdnsWriter {
  private static final int CAPACITY = 1_400;
  private static final int ANSWER = 0x8400;
  private static final int INTERNET = 1;

  /** No other machine has records of this name, so earlier ones are forgotten (RFC 6762, 10.2). */
  private static final int UNIQUE = 0x8000;

  private final ByteBuffer data = ByteBuffer.allocate(CAPACITY);

  private MdnsWriter() {}

  /** Asks for the instances of a service. */
  static ByteBuffer question(String service) {
    MdnsWriter writer = new MdnsWriter();
    writer.header(0, 1, 0);
    writer.name(service);
    writer.data.putShort((short) MdnsMessage.PTR).putShort((short) INTERNET);
    return writer.data.flip();
  }

  /** Tells records. */
  static ByteBuffer answer(List<Entry> entries) {
    MdnsWriter writer = new MdnsWriter();
    writer.header(ANSWER, 0, entries.size());
    entries.forEach(writer::entry);
    return writer.data.flip();
  }

  private void header(int flags, int questions, int answers) {
    data.putShort((short) 0).putShort((short) flags);
    data.putShort((short) questions).putShort((short) answers).putInt(0);
  }

  private void entry(Entry entry) {
    switch (entry) {
      case Entry.Pointer pointer -> {
        int start = begin(pointer, MdnsMessage.PTR, INTERNET);
        name(pointer.target());
        end(start);
      }
      case Entry.Service service -> {
        int start = begin(service, MdnsMessage.SRV, INTERNET | UNIQUE);
        data.putInt(0).putShort((short) service.port());
        name(service.target());
        end(start);
      }
      case Entry.Text text -> {
        int start = begin(text, MdnsMessage.TXT, INTERNET | UNIQUE);
        for (Map.Entry<String, String> value : text.values().entrySet()) {
          string(value.getKey() + "=" + value.getValue());
        }
        end(start);
      }
      case Entry.Address address -> {
        byte[] bytes = address.address().getAddress();
        int type = bytes.length == 4 ? MdnsMessage.A : MdnsMessage.AAAA;
        int start = begin(address, type, INTERNET | UNIQUE);
        data.put(bytes);
        end(start);
      }
    }
  }

  /** Leaves room for the length, and answers where that is. */
  private int begin(Entry entry, int type, int category) {
    name(entry.name());
    data.putShort((short) type).putShort((short) category).putInt((int) entry.ttl());
    int start = data.position();
    data.putShort((short) 0);
    return start;
  }

  private void end(int start) {
    data.putShort(start, (short) (data.position() - start - Short.BYTES));
  }

  private void name(String name) {
    for (String label : name.split("\\.")) {
      string(label);
    }
    data.put((byte) 0);
  }

  private void string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    data.put((byte) bytes.length).put(bytes);
  }
}
