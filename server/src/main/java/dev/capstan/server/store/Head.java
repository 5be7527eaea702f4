package dev.capstan.server.store;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Where a store stands, written with every batch to one row of {@link Table#META}.
 *
 * @param index log index of the last batch
 * @param sequence its sequence
 * @param digest running digest of all batches
 */
record Head(long index, long sequence, long digest) {

  /** The format of all tables; a newer one is refused. */
  static final int FORMAT = 1;

  /** The row's key. Keys of {@link Table#META} that begin with a zero byte belong to the store. */
  static final byte[] KEY = {0, 'h', 'e', 'a', 'd'};

  static final Head EMPTY = new Head(-1, 0, 0);

  private static final byte[] NOTHING = {};
  private static final int SIZE = 4 + 3 * 8;

  /** The head after a batch; throws if the batch does not follow. */
  Head after(long newIndex, Batch batch) {
    if (newIndex <= index) {
      throw new IllegalArgumentException("index " + newIndex + " after index " + index);
    }
    if (batch.sequence() != sequence + 1) {
      throw new SequenceGap(sequence + 1, batch.sequence(), newIndex);
    }
    for (Change change : batch.changes()) {
      refuseOwnKeys(change);
    }
    return new Head(newIndex, batch.sequence(), digestAfter(batch));
  }

  byte[] encode() {
    return ByteBuffer.allocate(SIZE)
        .putInt(FORMAT)
        .putLong(index)
        .putLong(sequence)
        .putLong(digest)
        .array();
  }

  /** The format that wrote a row. */
  static int formatOf(byte[] row) {
    return row.length < 4 ? 0 : ByteBuffer.wrap(row).getInt();
  }

  static Head decode(byte[] row) {
    if (row.length != SIZE) {
      throw new IllegalArgumentException("a head of " + row.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(row, 4, SIZE - 4);
    return new Head(in.getLong(), in.getLong(), in.getLong());
  }

  private static void refuseOwnKeys(Change change) {
    if (change.table() != Table.META) {
      return;
    }
    boolean own =
        switch (change) {
          case Change.Put put -> isOwn(put.key());
          case Change.Delete delete -> isOwn(delete.key());
          case Change.DeleteRange range -> isOwn(range.from());
        };
    if (own) {
      throw new IllegalArgumentException("the key belongs to the store");
    }
  }

  private static boolean isOwn(byte[] key) {
    return key.length == 0 || key[0] == 0;
  }

  private long digestAfter(Batch batch) {
    CRC32C crc = new CRC32C();
    add(crc, batch.timeMillis());
    for (Change change : batch.changes()) {
      switch (change) {
        case Change.Put put -> add(crc, 1, put.table(), put.key(), put.value());
        case Change.Delete delete -> add(crc, 2, delete.table(), delete.key(), NOTHING);
        case Change.DeleteRange range -> add(crc, 3, range.table(), range.from(), range.to());
      }
    }
    return mix(digest + mix((batch.sequence() << 32) ^ crc.getValue()));
  }

  private static void add(CRC32C crc, int kind, Table table, byte[] first, byte[] second) {
    add(crc, (long) kind << 48 | (long) table.number() << 32 | first.length);
    crc.update(first);
    add(crc, second.length);
    crc.update(second);
  }

  private static void add(CRC32C crc, long number) {
    for (int shift = 0; shift < 64; shift += 8) {
      crc.update((int) (number >>> shift) & 0xFF);
    }
  }

  /** A bijection of 64 bits that spreads every bit (the finalizer of SplitMix64). */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
