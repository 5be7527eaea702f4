package dev.capstan.server.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of the log: eight bytes {@code RaftLog1}, then entries, then zeros to the end. An
 * entry is its length as a varint, that many bytes of protobuf, and four bytes CRC-32C of both (the
 * library's format).
 *
 * <p>Telling a torn write from damage: the disk writes sectors of 512 bytes whole or not at all,
 * and the space ahead of the last entry is zeros or not there. So an entry that was cut short by a
 * crash lacks whole sectors or the end of the file. An entry that is there in full with a wrong
 * checksum was damaged later.
 */
final class SegmentReader {
  private static final byte[] HEADER = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
  private static final int SECTOR = 512;
  private static final int CHECKSUM = 4;
  private static final int TERM = 1 << 3;
  private static final int INDEX = 2 << 3;
  private static final int CONFIGURATION = 4 << 3 | 2;

  private final byte[] bytes;
  private final CRC32C crc = new CRC32C();
  private int position;

  SegmentReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Takes the entries in order. */
  interface Sink {
    void entry(long term, long index, boolean configuration);
  }

  /** How the file ends. */
  sealed interface End {
    /** With an entry or with zeros. */
    record Whole() implements End {}

    /** With a write that a crash cut short, from this offset on. */
    record Torn(int offset) implements End {}

    /** Something was damaged here after it had been written. */
    record Damaged(int offset, String what) implements End {}
  }

  /** The head of an entry: where its parts are and what they say. */
  private record Head(long term, long index, boolean configuration, long bodyEnd) {}

  /** Reads the file to its end or to the first thing that is no entry. */
  End readAll(long firstIndex, Sink sink) {
    int matching = matchingHeader();
    if (matching < HEADER.length) {
      return zeros(matching, bytes.length)
          ? new End.Torn(0)
          : new End.Damaged(0, "the header is not that of a log file");
    }
    position = HEADER.length;
    long expected = firstIndex;
    while (position < bytes.length && bytes[position] != 0) {
      End problem = readEntry(expected, sink);
      if (problem != null) {
        return problem;
      }
      expected++;
    }
    if (zeros(position, bytes.length)) {
      return new End.Whole();
    }
    return zeros(position, sectorEnd(position))
        ? new End.Torn(position)
        : new End.Damaged(position, "bytes that are no entry");
  }

  private int matchingHeader() {
    int i = 0;
    while (i < HEADER.length && i < bytes.length && bytes[i] == HEADER[i]) {
      i++;
    }
    return i;
  }

  /** Reads one entry and moves on, or tells what is there instead. */
  private @Nullable End readEntry(long expected, Sink sink) {
    int start = position;
    Varint length = varint(start, bytes.length);
    if (length == null) {
      return bytes.length - start < 10
          ? new End.Torn(start)
          : new End.Damaged(start, "an entry with a length it can't have");
    }
    if (length.value() <= 0 || length.value() > Integer.MAX_VALUE / 2) {
      return new End.Damaged(start, "an entry with a length it can't have");
    }
    long end = length.end() + length.value() + CHECKSUM;
    if (end > bytes.length) {
      return isCutShort(start, length, bytes.length, expected)
          ? new End.Torn(start)
          : new End.Damaged(start, "an entry with a length it can't have");
    }
    int checksumAt = (int) end - CHECKSUM;
    crc.reset();
    crc.update(bytes, start, checksumAt - start);
    if ((int) crc.getValue() != ByteBuffer.wrap(bytes).getInt(checksumAt)) {
      int missing = missingSector(start, (int) end);
      return missing >= 0 && isCutShort(start, length, missing, expected)
          ? new End.Torn(start)
          : new End.Damaged(start, "an entry with a wrong checksum");
    }
    Head head = head(length.end(), checksumAt);
    if (head == null || head.index() != expected) {
      return new End.Damaged(start, "another entry than " + expected);
    }
    sink.entry(head.term(), head.index(), head.configuration());
    position = (int) end;
    return null;
  }

  /**
   * Whether an entry, of which only what is before {@code there} was written, is a write cut short.
   * A damaged length contradicts the lengths inside the entry, as far as those are there.
   */
  private boolean isCutShort(int start, Varint length, int there, long expected) {
    int missing = missingSector(start, there);
    Head head = head(length.end(), missing >= 0 ? missing : there);
    return head == null
        || (head.index() == expected && head.bodyEnd() == length.end() + length.value());
  }

  /** The fields at the head of an entry, or null if they are not all there. */
  private @Nullable Head head(int from, int to) {
    long term = 0;
    long index = 0;
    int at = from;
    while (at < to) {
      int tag = bytes[at];
      Varint value = varint(at + 1, to);
      if (value == null) {
        return null;
      }
      switch (tag) {
        case TERM -> term = value.value();
        case INDEX -> index = value.value();
        default -> {
          return new Head(term, index, tag == CONFIGURATION, value.end() + value.value());
        }
      }
      at = value.end();
    }
    return null;
  }

  private record Varint(long value, int end) {}

  private @Nullable Varint varint(int from, int to) {
    long value = 0;
    for (int i = 0; i < 10 && from + i < to; i++) {
      byte b = bytes[from + i];
      value |= (long) (b & 0x7F) << (7 * i);
      if (b >= 0) {
        return new Varint(value, from + i + 1);
      }
    }
    return null;
  }

  /** The first sector from an offset on that holds only zeros, -1 if there is none. */
  private int missingSector(int from, int to) {
    for (int at = from; at < to; at = sectorEnd(at)) {
      if (zeros(at, Math.min(to, sectorEnd(at)))) {
        return at;
      }
    }
    return -1;
  }

  private static int sectorEnd(int at) {
    return (at / SECTOR + 1) * SECTOR;
  }

  private boolean zeros(int from, int to) {
    for (int i = from; i < to && i < bytes.length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
