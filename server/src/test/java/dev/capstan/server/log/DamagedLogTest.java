package dev.capstan.server.log;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import dev.capstan.server.log.RecordingConsumer.Applied;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log that was damaged while it was closed either opens with all that counted, or is refused with
 * a reason.
 */
final class DamagedLogTest {
  private static final int ENTRIES = 12;
  private static final int ENTRY_BYTES = 1_300;

  @TempDir Path directory;
  private List<Applied> applied = List.of();
  private Path group = Path.of("unset");
  private Path current = Path.of("unset");

  @BeforeEach
  void writeLog() throws IOException {
    RecordingConsumer consumer = new RecordingConsumer();
    use(
        consumer,
        log -> {
          for (int i = 0; i < ENTRIES; i++) {
            String text = "entry-" + i + "x".repeat(ENTRY_BYTES);
            log.propose(text.getBytes(StandardCharsets.UTF_8)).join();
          }
        });
    applied = consumer.applied();
    try (Stream<Path> groups = Files.list(directory.resolve("data/log"))) {
      group = groups.findFirst().orElseThrow();
      current = group.resolve("current");
    }
  }

  /** What a test does with an open log. */
  private interface Use {
    void with(ReplicatedLog log);
  }

  private void use(RecordingConsumer consumer, Use use) {
    try (DataDirectory data = DataDirectory.open(directory.resolve("data"), "cluster", "node", 0);
        RatisLogs logs =
            RatisLogs.openSingle(data, LogOptions.ofDefaults(), Map.of("p0", consumer))) {
      await().pollInterval(Duration.ofMillis(2)).until(() -> !consumer.roles().isEmpty());
      use.with(logs.log("p0"));
    }
  }

  private List<Applied> reopen(List<Applied> durable) {
    RecordingConsumer consumer = RecordingConsumer.with(durable);
    use(consumer, log -> log.propose(new byte[] {'n', 'e', 'w'}).join());
    assertThat(consumer.texts()).endsWith("new");
    return consumer.applied().subList(0, consumer.applied().size() - 1);
  }

  private StartupRefusal refusal(List<Applied> durable) {
    StartupRefusal refusal = catchThrowableOfType(StartupRefusal.class, () -> reopen(durable));
    assertThat(refusal).as("the start must be refused").isNotNull();
    assertThat(refusal.what()).isNotBlank();
    assertThat(refusal.why()).isNotBlank();
    assertThat(refusal.remedy()).isNotBlank();
    return refusal;
  }

  /** What recovery says about the files as they are, without starting the library. */
  private @Nullable Code examine(List<Applied> durable) {
    try {
      LogRecovery.recover("p0", group, RecordingConsumer.with(durable));
      return null;
    } catch (StartupRefusal refusal) {
      return refusal.code();
    }
  }

  private Path lastSegment() throws IOException {
    try (Stream<Path> files = Files.list(current)) {
      return files.filter(p -> p.toString().contains("log_inprogress_")).findFirst().orElseThrow();
    }
  }

  /** Offsets at which the entries of a file begin, and the end of the last. */
  private static List<Integer> boundaries(byte[] bytes) {
    List<Integer> offsets = new ArrayList<>(List.of(8));
    while (offsets.getLast() < bytes.length) {
      int at = offsets.getLast();
      int length = 0;
      int shift = 0;
      int varint = 0;
      do {
        length |= (bytes[at + varint] & 0x7F) << shift;
        shift += 7;
      } while (bytes[at + varint++] < 0);
      offsets.add(at + varint + length + 4);
    }
    return offsets;
  }

  @Test
  void anUndamagedLogOpensWithAllEntries() {
    assertThat(reopen(List.of())).isEqualTo(applied);
  }

  @Test
  void aTailCutAnywhereInTheLastThreeEntriesIsDroppedAndTheWholeEntriesStay() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    List<Integer> offsets = boundaries(whole);
    for (int cut : cuts(offsets.subList(offsets.size() - 4, offsets.size()))) {
      Files.write(file, Arrays.copyOf(whole, cut));
      int end = cut;
      int kept = (int) offsets.stream().filter(o -> o <= end).max(Integer::compare).orElseThrow();

      assertThat(examine(List.of())).as("cut at %d", cut).isNull();
      assertThat(Files.size(file)).as("cut at %d", cut).isEqualTo(kept);
    }
  }

  /** Each of the first and last bytes of each entry, and some between. */
  private static List<Integer> cuts(List<Integer> offsets) {
    List<Integer> cuts = new ArrayList<>();
    for (int i = 1; i < offsets.size(); i++) {
      int from = offsets.get(i - 1);
      int to = offsets.get(i);
      for (int cut = from; cut < to; cut++) {
        if (cut < from + 30 || cut > to - 8 || cut % 97 == 0) {
          cuts.add(cut);
        }
      }
    }
    return cuts;
  }

  @Test
  void aTailThatWasCutOpensAndGoesOn() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 10));

    assertThat(reopen(List.of())).isEqualTo(applied.subList(0, ENTRIES - 1));
  }

  @Test
  void aWriteThatLacksASectorIsDropped() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    List<Integer> offsets = boundaries(whole);
    int sector = (offsets.get(offsets.size() - 2) / 512 + 1) * 512;
    byte[] torn = Arrays.copyOf(whole, whole.length + 4_096);
    Arrays.fill(torn, sector, sector + 512, (byte) 0);
    Files.write(file, torn);

    assertThat(reopen(List.of())).isEqualTo(applied.subList(0, ENTRIES - 1));
  }

  @Test
  void everyFlippedBitInTheLastEntryIsRefused() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    List<Integer> offsets = boundaries(whole);
    int from = offsets.get(offsets.size() - 2);
    for (int padding : new int[] {0, 2_048}) {
      for (int at = from; at < whole.length; at += at < from + 40 ? 1 : 61) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] flipped = Arrays.copyOf(whole, whole.length + padding);
          flipped[at] ^= (byte) (1 << bit);
          Files.write(file, flipped);

          assertThat(examine(List.of()))
              .as("bit %d of byte %d, %d bytes of padding", bit, at - from, padding)
              .isEqualTo(Code.LOG_DAMAGED);
        }
      }
    }
  }

  @Test
  void aFlippedBitInTheMiddleIsRefused() throws IOException {
    Path file = lastSegment();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);

    assertThat(refusal(List.of()))
        .satisfies(r -> assertThat(r.code()).isEqualTo(Code.LOG_DAMAGED))
        .hasMessageContaining("wrong checksum")
        .hasMessageContaining(file.toString());
  }

  @Test
  void garbageBehindTheEndIsRefused() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    byte[] longer = Arrays.copyOf(whole, whole.length + 100);
    Arrays.fill(longer, whole.length + 3, longer.length, (byte) 0x5A);
    Files.write(file, longer);

    assertThat(refusal(List.of()).code()).isEqualTo(Code.LOG_DAMAGED);
  }

  @Test
  void aLogThatEndsBeforeTheStateIsRefusedAndLeftAsItIs() throws IOException {
    Path file = lastSegment();
    byte[] whole = Files.readAllBytes(file);
    byte[] shorter = Arrays.copyOf(whole, whole.length - 10);
    Files.write(file, shorter);

    assertThat(refusal(applied).code()).isEqualTo(Code.LOG_BEHIND_STORE);
    assertThat(Files.readAllBytes(file)).isEqualTo(shorter);
  }

  @Test
  void aMissingFileBetweenOthersIsRefused() throws IOException {
    reopen(List.of());
    reopen(List.of());
    List<Path> files;
    try (Stream<Path> list = Files.list(current)) {
      files = list.filter(p -> p.toString().contains("log_")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(3);
    Files.delete(files.get(1));

    assertThat(refusal(List.of()).code()).isEqualTo(Code.LOG_MISSING);
  }

  @Test
  void aMissingLogBesideAStateIsRefused() throws IOException {
    Snapshots.deleteRecursively(group);

    assertThat(refusal(applied).code()).isEqualTo(Code.LOG_MISSING);
  }

  @Test
  void aLogThatStartsBehindTheStateIsRefused() throws IOException {
    use(RecordingConsumer.with(applied), log -> log.snapshot().join());
    reopen(applied);
    Snapshots.deleteRecursively(current.resolveSibling("sm"));

    assertThat(refusal(List.of()).code()).isEqualTo(Code.STORE_BEHIND_LOG);
    assertThat(reopen(applied).subList(0, ENTRIES)).isEqualTo(applied);
  }

  @Test
  void aMissingOrDamagedVoteIsRefused() throws IOException {
    Path vote = current.resolve("raft-meta");
    byte[] whole = Files.readAllBytes(vote);
    Files.writeString(vote, "garbage");
    assertThat(refusal(List.of()).code()).isEqualTo(Code.VOTE_DAMAGED);
    Files.writeString(vote, "term=0\nvotedFor=node\n");
    assertThat(refusal(List.of()).code()).isEqualTo(Code.VOTE_DAMAGED);
    Files.delete(vote);
    assertThat(refusal(List.of()).code()).isEqualTo(Code.VOTE_DAMAGED);
    Files.write(vote, whole);
    assertThat(reopen(List.of())).isEqualTo(applied);
  }

  @Test
  void aGroupNobodyAskedForIsRefused() throws IOException {
    Files.createDirectories(directory.resolve("data/log/7b0a1d1e-0000-4000-8000-000000000000"));

    assertThat(refusal(List.of()).code()).isEqualTo(Code.GROUP_UNKNOWN);
  }

  @Test
  void aFirstStartThatWasCutShortIsBegunAgain() throws IOException {
    Path vote = current.resolve("raft-meta");
    byte[] term = Files.readAllBytes(vote);
    Snapshots.deleteRecursively(current);
    Files.createDirectories(current);
    Files.write(vote, term);

    assertThat(reopen(List.of())).isEmpty();
  }
}
