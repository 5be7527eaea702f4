package dev.capstan.server.log;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads all files of a log before the library does, since a log that the library can't open ends in
 * silence. Changes nothing but, on {@link #secureOpenFile()}, the one thing a crash may leave:
 * writes at the very end that were never acknowledged.
 */
final class LogFiles {
  private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
  private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");

  private final Path directory;
  private final TreeMap<Long, Long> termStarts = new TreeMap<>();
  private long firstIndex = -1;
  private long lastIndex = -1;
  private long lastTerm;
  private boolean configured;
  private @Nullable Path openFile;
  private byte[] openBytes = {};
  private int tornAt = -1;

  private LogFiles(Path directory) {
    this.directory = directory;
  }

  private record Segment(Path file, long start, long end, boolean open) {}

  /**
   * Reads the files.
   *
   * @param directory where they are; need not exist
   * @throws StartupRefusal if acknowledged entries may be damaged or missing
   */
  static LogFiles read(Path directory) throws IOException {
    LogFiles files = new LogFiles(directory);
    for (Segment segment : segments(directory)) {
      files.add(segment);
    }
    return files;
  }

  boolean empty() {
    return lastIndex < 0;
  }

  /** First entry in the files, -1 if there is none. */
  long firstIndex() {
    return firstIndex;
  }

  /** Last whole entry in the files, -1 if there is none. */
  long lastIndex() {
    return lastIndex;
  }

  long lastTerm() {
    return lastTerm;
  }

  /** Whether the replicas of the group are told by an entry. */
  boolean configured() {
    return configured;
  }

  /** The term of an entry in the files. */
  long termOf(long index) {
    return termStarts.floorEntry(index).getValue();
  }

  /**
   * Writes the file that was being written anew, without what a crash left behind its last whole
   * entry, and syncs it. After a sync that failed, the system's cache may show entries that the
   * disk does not have, and a second sync would tell nothing; and what is read here is going to be
   * acknowledged.
   *
   * @return a sentence about what was dropped, or null if there was nothing
   */
  @Nullable String secureOpenFile() throws IOException {
    Path file = openFile;
    if (file == null || openBytes.length == 0) {
      return null;
    }
    Path copy = file.resolveSibling("secured.tmp");
    try (FileChannel out =
        FileChannel.open(
            copy,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer content = ByteBuffer.wrap(openBytes, 0, tornAt < 0 ? openBytes.length : tornAt);
      while (content.hasRemaining()) {
        out.write(content);
      }
      out.force(true);
    }
    Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DataDirectory.syncDirectory(directory);
    int dropped = tornAt < 0 ? 0 : openBytes.length - tornAt;
    openBytes = new byte[0];
    return dropped == 0
        ? null
        : "A write of the log was cut short by a crash: dropped "
            + dropped
            + " bytes at offset "
            + tornAt
            + " of "
            + file
            + ", behind entry "
            + lastIndex
            + "; nothing acknowledged was there";
  }

  private static List<Segment> segments(Path directory) throws IOException {
    List<Segment> segments = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return segments;
    }
    try (Stream<Path> list = Files.list(directory)) {
      for (Path file : list.toList()) {
        String name = String.valueOf(file.getFileName());
        Matcher closed = CLOSED.matcher(name);
        Matcher open = OPEN.matcher(name);
        if (closed.matches()) {
          segments.add(
              new Segment(
                  file, Long.parseLong(closed.group(1)), Long.parseLong(closed.group(2)), false));
        } else if (open.matches()) {
          segments.add(new Segment(file, Long.parseLong(open.group(1)), Long.MAX_VALUE, true));
        }
      }
    }
    segments.sort(Comparator.comparingLong(Segment::start).thenComparing(Segment::open));
    return segments;
  }

  private void add(Segment segment) throws IOException {
    if (openFile != null) {
      throw damaged(segment.file(), "there is a file before it that was being written");
    }
    if (!empty() && segment.start() != lastIndex + 1) {
      throw new StartupRefusal(
          Code.LOG_MISSING,
          "The log file "
              + segment.file()
              + " starts at entry "
              + segment.start()
              + ", the one before ends at "
              + lastIndex,
          "Entries between them may hold acknowledged work",
          "restore the missing log file or the whole data directory from a backup, or let another"
              + " coordinator supply this one anew",
          null);
    }
    byte[] bytes = Files.readAllBytes(segment.file());
    if (segment.open()) {
      openFile = segment.file();
      openBytes = bytes;
    }
    SegmentReader.End end = new SegmentReader(bytes).readAll(segment.start(), this::entry);
    switch (end) {
      case SegmentReader.End.Whole _ -> {}
      case SegmentReader.End.Torn torn -> {
        if (!segment.open()) {
          throw damaged(segment.file(), "it ends at offset " + torn.offset() + " within an entry");
        }
        tornAt = torn.offset();
      }
      case SegmentReader.End.Damaged bad ->
          throw damaged(segment.file(), bad.what() + " at offset " + bad.offset());
    }
    if (!segment.open() && lastIndex != segment.end()) {
      throw damaged(segment.file(), "it ends at entry " + lastIndex);
    }
  }

  private void entry(long term, long index, boolean configuration) {
    if (empty()) {
      firstIndex = index;
    }
    if (termStarts.isEmpty() || term != lastTerm) {
      termStarts.put(index, term);
    }
    lastIndex = index;
    lastTerm = term;
    configured |= configuration;
  }

  private static StartupRefusal damaged(Path file, String what) {
    return new StartupRefusal(
        Code.LOG_DAMAGED,
        "The log file " + file + " is damaged: " + what,
        "Entries there may hold acknowledged work, so they can't be skipped",
        "check the disk, then restore the data directory from a backup, or let another coordinator"
            + " supply this one anew",
        null);
  }
}
