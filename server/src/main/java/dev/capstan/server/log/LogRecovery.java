package dev.capstan.server.log;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import dev.capstan.server.log.Snapshots.Snapshot;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, before the library sees them, whether a group's log, snapshot and state fit together,
 * and mends what a crash may leave.
 *
 * <p>Invariants of what is on disk: the state's durable index is never behind the latest snapshot's
 * (a checkpoint makes both durable first), the log starts at or before the snapshot's next entry
 * (it is purged only behind it), and it ends at or after the state's index (nothing is applied
 * before it is on disk).
 */
final class LogRecovery {
  private static final Logger LOGGER = LoggerFactory.getLogger(LogRecovery.class);

  private final String group;
  private final Path directory;
  private final LogConsumer consumer;
  private final Snapshots snapshots;

  private LogRecovery(String group, Path directory, LogConsumer consumer) {
    this.group = group;
    this.directory = directory;
    this.consumer = consumer;
    snapshots = new Snapshots(directory.resolve("sm"));
  }

  /**
   * Where a log goes on.
   *
   * @param snapshot what the library starts from; null for the beginning
   * @param consumed last entry that the consumer already has, -1 for none
   */
  record Start(Snapshots snapshots, @Nullable Snapshot snapshot, long consumed) {}

  /**
   * Examines and, where that is safe, mends.
   *
   * @param directory the library's directory for the group; need not exist
   * @throws StartupRefusal if acknowledged work might be lost by going on
   */
  static Start recover(String group, Path directory, LogConsumer consumer) {
    try {
      return new LogRecovery(group, directory, consumer).run();
    } catch (IOException | UncheckedIOException e) {
      throw new StartupRefusal(
          Code.DIRECTORY_UNUSABLE,
          "The log in " + directory + " can't be read (" + e + ")",
          "Everything acknowledged is in it",
          "check the disk and the rights on its files",
          e);
    }
  }

  private Start run() throws IOException {
    Path current = directory.resolve("current");
    LogFiles files = LogFiles.read(current);
    Snapshot snapshot = snapshots.latest().orElse(null);
    long consumed = consumer.appliedIndex();
    if (files.empty() && snapshot == null) {
      startOfNothing(current, consumed);
      return new Start(snapshots, null, consumed);
    }
    checkVote(current.resolve("raft-meta"), files);
    checkConfiguration(current, files);
    if (snapshot != null && consumed < snapshot.index()) {
      LOGGER.warn(
          "The state of {} is at entry {}: taking it from the snapshot {}",
          group,
          consumed,
          snapshot.directory());
      consumer.install(snapshot.directory());
      consumed = snapshot.index();
    }
    checkReach(files, snapshot, consumed);
    String mended = files.secureOpenFile();
    if (mended != null) {
      LOGGER.warn("{}", mended);
    }
    if (snapshot == null && files.firstIndex() > 0) {
      snapshot = snapshotOfState(files);
    }
    return new Start(snapshots, snapshot, consumed);
  }

  /** No entries and no snapshot: all is well if the state is empty too. */
  private void startOfNothing(Path current, long consumed) throws IOException {
    if (consumed >= 0) {
      throw new StartupRefusal(
          Code.LOG_MISSING,
          "The log of "
              + group
              + " in "
              + directory
              + " is empty, the state is at entry "
              + consumed,
          "The log may have held acknowledged entries that the state does not have",
          "restore the whole data directory from a backup",
          null);
    }
    if (Files.exists(current) && !Files.exists(current.resolve("raft-meta.conf"))) {
      // A first start that was cut short: the library would wait for ever to be told its replicas.
      Snapshots.deleteRecursively(directory);
    }
  }

  private void checkVote(Path file, LogFiles files) throws IOException {
    Properties vote = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        vote.load(reader);
      } catch (IllegalArgumentException | IOException e) {
        throw voteDamaged(file, "can't be read", e);
      }
    } else {
      throw voteDamaged(file, "is missing", null);
    }
    long term;
    try {
      term = Long.parseLong(vote.getProperty("term", ""));
    } catch (NumberFormatException e) {
      throw voteDamaged(file, "has no term", e);
    }
    if (term < files.lastTerm() || vote.getProperty("votedFor") == null) {
      throw voteDamaged(file, "says term " + term + ", the log has term " + files.lastTerm(), null);
    }
  }

  private static StartupRefusal voteDamaged(Path file, String what, @Nullable Throwable cause) {
    return new StartupRefusal(
        Code.VOTE_DAMAGED,
        "The vote file " + file + " " + what,
        "A coordinator that forgets its vote may elect two leaders",
        "restore the data directory from a backup, or let another coordinator supply this one anew",
        cause);
  }

  private void checkConfiguration(Path current, LogFiles files) throws IOException {
    Path file = current.resolve("raft-meta.conf");
    boolean readable = Files.exists(file) && Files.size(file) > 0;
    if (!readable && !files.configured()) {
      throw new StartupRefusal(
          Code.LOG_DAMAGED,
          "The file " + file + " is missing or empty",
          "Without it this coordinator does not know the group's replicas",
          "restore the data directory from a backup",
          null);
    }
  }

  private void checkReach(LogFiles files, @Nullable Snapshot snapshot, long consumed) {
    long end = files.empty() && snapshot != null ? snapshot.index() : files.lastIndex();
    if (consumed > end) {
      throw new StartupRefusal(
          Code.LOG_BEHIND_STORE,
          "The log of " + group + " ends at entry " + end + ", the state is at entry " + consumed,
          "Entries that were acknowledged are missing from the log",
          "restore the whole data directory from one backup, or let another coordinator supply this"
              + " one anew",
          null);
    }
    if (!files.empty() && consumed + 1 < files.firstIndex()) {
      throw new StartupRefusal(
          Code.STORE_BEHIND_LOG,
          "The log of "
              + group
              + " starts at entry "
              + files.firstIndex()
              + ", the state is at entry "
              + consumed,
          "Entries between them are in no snapshot here",
          "restore the whole data directory from one backup, or let another coordinator supply this"
              + " one anew",
          null);
    }
  }

  /** The snapshot is lost, but the state has all that was in it. */
  private Snapshot snapshotOfState(LogFiles files) throws IOException {
    LOGGER.warn("The snapshot of {} is missing: writing one of the state", group);
    long index = consumer.checkpoint(snapshots.unfinished());
    long term = index < files.firstIndex() ? files.termOf(files.firstIndex()) : files.termOf(index);
    return snapshots.finish(term, index);
  }
}
