package dev.capstan.server.store;

import dev.capstan.server.store.BatchUnreadable.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A batch as bytes: one byte version, sequence and time as varints, the number of changes, the
 * changes, and four bytes CRC-32C of all before. A change is one byte kind, one byte table, then
 * key and value (or both ends of a range), each with its length as a varint.
 */
final class BatchCodec {
  private static final int VERSION = 1;
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int DELETE_RANGE = 3;
  private static final int CHECKSUM = 4;
  private static final int SMALLEST_CHANGE = 3;
  private static final byte[] NOTHING = {};

  private BatchCodec() {}

  static byte[] encode(Batch batch) {
    ByteBuffer out = ByteBuffer.allocate(size(batch));
    out.put((byte) VERSION);
    putVarint(out, batch.sequence());
    putVarint(out, batch.timeMillis());
    putVarint(out, batch.changes().size());
    for (Change change : batch.changes()) {
      switch (change) {
        case Change.Put put -> write(out, PUT, put.table(), put.key(), put.value());
        case Change.Delete delete -> write(out, DELETE, delete.table(), delete.key(), null);
        case Change.DeleteRange range ->
            write(out, DELETE_RANGE, range.table(), range.from(), range.to());
      }
    }
    CRC32C crc = new CRC32C();
    crc.update(out.array(), 0, out.position());
    out.putInt((int) crc.getValue());
    return out.array();
  }

  private static void write(
      ByteBuffer out, int kind, Table table, byte[] first, byte @Nullable [] second) {
    out.put((byte) kind).put((byte) table.number());
    putVarint(out, first.length);
    out.put(first);
    if (second != null) {
      putVarint(out, second.length);
      out.put(second);
    }
  }

  private static int size(Batch batch) {
    long size =
        1L
            + varintSize(batch.sequence())
            + varintSize(batch.timeMillis())
            + varintSize(batch.changes().size())
            + CHECKSUM;
    for (Change change : batch.changes()) {
      size +=
          2L
              + switch (change) {
                case Change.Put put -> blobSize(put.key()) + blobSize(put.value());
                case Change.Delete delete -> blobSize(delete.key());
                case Change.DeleteRange range -> blobSize(range.from()) + blobSize(range.to());
              };
    }
    return Math.toIntExact(size);
  }

  static Batch decode(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice();
    if (in.remaining() < 1 + CHECKSUM) {
      throw damaged("only " + in.remaining() + " bytes");
    }
    int end = in.remaining() - CHECKSUM;
    CRC32C crc = new CRC32C();
    crc.update(in.slice(0, end));
    if ((int) crc.getValue() != in.getInt(end)) {
      throw damaged("wrong checksum");
    }
    in.limit(end);
    int version = in.get();
    if (version != VERSION) {
      throw new BatchUnreadable(Reason.NEWER, "version " + version + ", not " + VERSION);
    }
    long sequence = varint(in);
    long timeMillis = varint(in);
    List<Change> changes = changes(in);
    if (in.hasRemaining()) {
      throw damaged(in.remaining() + " bytes too many");
    }
    return new Batch(sequence, timeMillis, changes);
  }

  private static List<Change> changes(ByteBuffer in) {
    long count = varint(in);
    if (count < 0 || count > in.remaining() / SMALLEST_CHANGE) {
      throw damaged(count + " changes in " + in.remaining() + " bytes");
    }
    List<Change> changes = new ArrayList<>((int) count);
    for (int i = 0; i < count; i++) {
      changes.add(change(in));
    }
    return changes;
  }

  private static Change change(ByteBuffer in) {
    if (in.remaining() < SMALLEST_CHANGE) {
      throw damaged("ends within a change");
    }
    int kind = in.get();
    Table table = Table.of(in.get());
    return switch (kind) {
      case PUT -> new Change.Put(table, blob(in), blob(in));
      case DELETE -> new Change.Delete(table, blob(in));
      case DELETE_RANGE -> new Change.DeleteRange(table, blob(in), blob(in));
      default -> throw new BatchUnreadable(Reason.NEWER, "kind of change " + kind);
    };
  }

  private static byte[] blob(ByteBuffer in) {
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw damaged("a value of " + length + " bytes where " + in.remaining() + " are left");
    }
    if (length == 0) {
      return NOTHING;
    }
    byte[] blob = new byte[(int) length];
    in.get(blob);
    return blob;
  }

  private static int blobSize(byte[] blob) {
    return varintSize(blob.length) + blob.length;
  }

  private static int varintSize(long value) {
    return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }

  private static void putVarint(ByteBuffer out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!in.hasRemaining()) {
        throw damaged("ends within a number");
      }
      byte b = in.get();
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged("a number without an end");
  }

  private static BatchUnreadable damaged(String what) {
    return new BatchUnreadable(Reason.DAMAGED, what);
  }
}
