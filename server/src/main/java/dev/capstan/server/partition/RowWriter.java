package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes protobuf into a buffer that grows, without an object for each message. What it writes is
 * what the generated classes would write, and they read it. Owned by one thread.
 *
 * <p>A nested message is opened with {@link #begin} and closed with {@link #end}; its length takes
 * one byte until it turns out to be longer, and then the message is moved.
 */
final class RowWriter {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  private byte[] buffer;
  private int size;

  RowWriter(int capacity) {
    buffer = new byte[Math.max(capacity, 64)];
  }

  int size() {
    return size;
  }

  /** Forgets everything behind the first {@code length} bytes. */
  void truncate(int length) {
    size = Math.min(size, length);
  }

  byte[] toBytes() {
    return Arrays.copyOf(buffer, size);
  }

  /** Gives back memory that one large message has taken. */
  void shrinkTo(int capacity) {
    if (buffer.length > capacity) {
      buffer = Arrays.copyOf(buffer, Math.max(size, capacity));
    }
  }

  /** A number; 0 is left out, as protobuf has it. */
  void number(int field, long value) {
    if (value != 0) {
      varint((long) field << 3 | VARINT);
      varint(value);
    }
  }

  /** Numbers, packed; none are left out. */
  void numbers(int field, List<Integer> values) {
    if (!values.isEmpty()) {
      int start = begin(field);
      values.forEach(value -> varint(value));
      end(start);
    }
  }

  void signed(int field, int value) {
    number(field, Integer.toUnsignedLong((value << 1) ^ (value >> 31)));
  }

  void flag(int field, boolean value) {
    number(field, value ? 1 : 0);
  }

  /** Text; empty is left out, as protobuf has it. */
  void text(int field, String value) {
    if (!value.isEmpty()) {
      present(field, value);
    }
  }

  /** Text of an optional field: null is left out, and empty is not. */
  void optional(int field, @Nullable String value) {
    if (value != null) {
      present(field, value);
    }
  }

  void json(int field, JsonNode value) {
    int start = begin(field);
    JsonBytes.write(value, this);
    end(start);
  }

  void optional(int field, @Nullable JsonNode value) {
    if (value != null) {
      json(field, value);
    }
  }

  void time(int field, @Nullable Instant value) {
    if (value != null) {
      int start = begin(field);
      number(1, value.getEpochSecond());
      number(2, value.getNano());
      end(start);
    }
  }

  void bytes(int field, byte[] value) {
    varint((long) field << 3 | BYTES);
    varint(value.length);
    raw(value, 0, value.length);
  }

  /** Opens a nested message; the answer goes to {@link #end}. */
  int begin(int field) {
    varint((long) field << 3 | BYTES);
    room(1);
    return size++;
  }

  void end(int start) {
    int length = size - start - 1;
    if (length < 0x80) {
      buffer[start] = (byte) length;
      return;
    }
    int prefix = varintSize(length);
    room(prefix - 1);
    System.arraycopy(buffer, start + 1, buffer, start + prefix, length);
    size = start;
    varint(length);
    size = start + prefix + length;
  }

  /** One byte as it is. */
  void raw(int value) {
    room(1);
    buffer[size++] = (byte) value;
  }

  void raw(byte[] source, int offset, int length) {
    room(length);
    System.arraycopy(source, offset, buffer, size, length);
    size += length;
  }

  /** Plain ASCII, such as digits. */
  void ascii(String value) {
    int length = value.length();
    room(length);
    for (int i = 0; i < length; i++) {
      buffer[size++] = (byte) value.charAt(i);
    }
  }

  /** Text as UTF-8; half a surrogate pair becomes U+FFFD. */
  void utf8(CharSequence value) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        raw(c);
      } else if (!Character.isSurrogate(c)) {
        codePoint(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        codePoint(Character.toCodePoint(c, value.charAt(++i)));
      } else {
        codePoint(0xFFFD);
      }
    }
  }

  /** One code point from U+0080 on as UTF-8. */
  void codePoint(int c) {
    room(4);
    if (c < 0x800) {
      buffer[size++] = (byte) (0xC0 | c >> 6);
    } else {
      if (c < 0x10000) {
        buffer[size++] = (byte) (0xE0 | c >> 12);
      } else {
        buffer[size++] = (byte) (0xF0 | c >> 18);
        buffer[size++] = (byte) (0x80 | (c >> 12 & 0x3F));
      }
      buffer[size++] = (byte) (0x80 | (c >> 6 & 0x3F));
    }
    buffer[size++] = (byte) (0x80 | (c & 0x3F));
  }

  private void present(int field, String value) {
    int start = begin(field);
    utf8(value);
    end(start);
  }

  private void varint(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      buffer[size++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
  }

  private static int varintSize(int value) {
    return (38 - Integer.numberOfLeadingZeros(value)) / 7;
  }

  private void room(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(Math.addExact(size, more), buffer.length * 2));
    }
  }
}
