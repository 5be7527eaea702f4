package dev.capstan.server.store;

import java.util.ArrayList;
import java.util.List;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;

/** RocksDB's settings: small in memory, quiet when idle, and consistent without its own log. */
final class RocksOptions implements AutoCloseable {
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final long ARENA_BYTES = 64L << 10;
  private static final int BLOCK_BYTES = 16 << 10;
  private static final double FILTER_BITS_PER_KEY = 10;

  /**
   * Files of one table before they are merged. Hardly any read reaches them, and each merge writes
   * the table again, so merges are cheaper the rarer they are.
   */
  private static final int FILES_BEFORE_MERGE = 8;

  /** Files of one table that wait to be merged before writes wait too. */
  private static final int FILES_BEFORE_STOP = 36;

  private static final long UNMERGED_BYTES_BEFORE_STOP = 256L << 30;

  private static final int OPEN_FILES = 512;

  private final List<AbstractImmutableNativeReference> owned = new ArrayList<>();
  private final DBOptions database;
  private final ColumnFamilyOptions table;

  RocksOptions(StoreMemory memory) {
    database =
        own(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            // Tables are written to files together: after a crash all are at the same batch.
            .setAtomicFlush(true)
            .setWriteBufferManager(memory.writeBuffers())
            // One thread writes; the cheaper way to insert is the one that need not bear others.
            .setAllowConcurrentMemtableWrite(false)
            .setMaxOpenFiles(OPEN_FILES)
            .setMaxBackgroundJobs(2)
            .setBytesPerSync(1L << 20)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            // Whoever can't write its files stops, and is not to be mended behind our back.
            .setMaxBgErrorResumeCount(0)
            .setMaxLogFileSize(1L << 20)
            .setKeepLogFileNum(2);
    BlockBasedTableConfig blocks =
        new BlockBasedTableConfig()
            .setBlockCache(memory.cache())
            .setBlockSize(BLOCK_BYTES)
            .setIndexType(IndexType.kBinarySearch)
            .setFilterPolicy(own(new BloomFilter(FILTER_BITS_PER_KEY)))
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(6);
    table =
        own(new ColumnFamilyOptions())
            .setTableFormatConfig(blocks)
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setArenaBlockSize(ARENA_BYTES)
            .setMaxWriteBufferNumber(3)
            .setLevel0FileNumCompactionTrigger(FILES_BEFORE_MERGE)
            // Writes are held back entirely or not at all: see RocksWrites.
            .setLevel0SlowdownWritesTrigger(FILES_BEFORE_STOP)
            .setLevel0StopWritesTrigger(FILES_BEFORE_STOP)
            .setSoftPendingCompactionBytesLimit(UNMERGED_BYTES_BEFORE_STOP)
            .setHardPendingCompactionBytesLimit(UNMERGED_BYTES_BEFORE_STOP)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
            .setTargetFileSizeBase(16L << 20)
            .setMaxBytesForLevelBase(64L << 20)
            .setLevelCompactionDynamicLevelBytes(true);
  }

  DBOptions database() {
    return database;
  }

  ColumnFamilyOptions table() {
    return table;
  }

  private <T extends AbstractImmutableNativeReference> T own(T options) {
    owned.add(options);
    return options;
  }

  @Override
  public void close() {
    owned.reversed().forEach(AbstractImmutableNativeReference::close);
  }
}
