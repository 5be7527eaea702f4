package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.discovery.MdnsMessage.Entry;
import dev.capstan.node.discovery.MdnsMessage.Question;
import dev.capstan.node.discovery.MdnsText.Reading;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read, and what anybody may send is refused or does no harm. */
final class MdnsMessageTest {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("10.0.0.7");

  @Test
  void aQuestionIsRead() {
    MdnsMessage message = MdnsReader.read(MdnsWriter.question(MdnsText.TYPE)).orElseThrow();

    assertThat(message)
        .isEqualTo(
            new MdnsMessage(
                false, List.of(new Question(MdnsText.TYPE, MdnsMessage.PTR)), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.7", "fd00::7"})
  void anAnnouncementIsRead(String address) {
    InetAddress link = InetAddress.ofLiteral(address);
    List<Entry> entries =
        MdnsText.write(new Announcement("c", "n", null, 65_535), link, MdnsText.TTL);

    MdnsMessage message = MdnsReader.read(MdnsWriter.answer(entries)).orElseThrow();

    assertThat(message.isAnswer()).isTrue();
    assertThat(message.entries()).isEqualTo(entries);
    assertThat(read(message))
        .isEqualTo(new Reading.Coordinator("c", "n", link.getHostAddress(), 65_535));
  }

  @Test
  void theHostThatIsToldCountsMoreThanTheAddress() {
    assertThat(read(answer(new Announcement("c", "n", "n.example", 1), 120)))
        .isEqualTo(new Reading.Coordinator("c", "n", "n.example", 1));
  }

  @Test
  void theLongestAnnouncementFits() {
    Announcement longest =
        new Announcement("c".repeat(63), "n".repeat(63), "h".repeat(63) + ".example", 1);

    assertThat(read(answer(longest, 120)))
        .isEqualTo(
            new Reading.Coordinator(
                longest.cluster(), longest.node(), "h".repeat(63) + ".example", 1));
    assertThat(MdnsText.instance(longest)).hasSize(63);
  }

  @Test
  void timeToLiveOfZeroTakesBack() {
    assertThat(read(answer(new Announcement("c", "n", null, 1), 0)))
        .isEqualTo(new Reading.Gone("10.0.0.7"));
  }

  @Test
  void anAddressThatNeedsAnInterfaceIsOfNoUse() {
    List<Entry> entries =
        MdnsText.write(
            new Announcement("c", "n", null, 1), InetAddress.ofLiteral("fe80::1"), MdnsText.TTL);

    assertThat(read(MdnsReader.read(MdnsWriter.answer(entries)).orElseThrow()))
        .isEqualTo(new Reading.Unusable());
  }

  @Test
  void nodesOfTheSameNameInTwoClustersHaveTwoNames() {
    assertThat(MdnsText.instance(new Announcement("c1", "n", null, 1)))
        .isNotEqualTo(MdnsText.instance(new Announcement("c2", "n", null, 1)));
  }

  @ParameterizedTest
  @CsvSource({
    "C, n, 1, h, Unusable",
    "c, n_1, 1, h, Unusable",
    "c, n, 2, h, Unusable",
    "c, n, 1, a b, Unusable",
    "c, n, 1, h\u001b[2J, Unusable",
    ", n, 1, h, Unusable",
    "c, , 1, h, Unusable",
    "c, n, , h, Unusable",
    "c, n, 1, , Coordinator",
    "c, n, 1, h, Coordinator"
  })
  void whatIsSaidIsChecked(
      @Nullable String cluster,
      @Nullable String node,
      @Nullable String version,
      @Nullable String host,
      String kind) {
    Map<String, String> values = new TreeMap<>();
    put(values, "cluster", cluster);
    put(values, "node", node);
    put(values, "v", version);
    put(values, "host", host);
    String instance = "x." + MdnsText.TYPE;
    List<Entry> entries =
        List.of(
            new Entry.Pointer(MdnsText.TYPE, 120, instance),
            new Entry.Service(instance, 120, 7481, "x.local."),
            new Entry.Text(instance, 120, values),
            new Entry.Address("x.local.", 120, ADDRESS));

    Reading reading = read(MdnsReader.read(MdnsWriter.answer(entries)).orElseThrow());

    assertThat(reading.getClass().getSimpleName()).isEqualTo(kind);
  }

  @Test
  void namesMayPointBackToEarlierNames() {
    byte[] message = {
      0,
      0,
      (byte) 0x84,
      0,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      0, //
      1,
      'a',
      2,
      'B',
      'c',
      0,
      0,
      12,
      0,
      1, //
      (byte) 0xC0,
      14,
      0,
      12,
      0,
      1,
      0,
      0,
      0,
      9,
      0,
      4,
      1,
      'x',
      (byte) 0xC0,
      12
    };

    MdnsMessage read = MdnsReader.read(ByteBuffer.wrap(message)).orElseThrow();

    assertThat(read.questions()).containsExactly(new Question("a.bc.", MdnsMessage.PTR));
    assertThat(read.entries()).containsExactly(new Entry.Pointer("bc.", 9, "x.a.bc."));
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 13, 200})
  void aNameThatPointsToItselfOrAheadIsRefused(int target) {
    byte[] message = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte) 0xC0, (byte) target, 0, 12, 0, 1};

    assertThat(MdnsReader.read(ByteBuffer.wrap(message))).isEmpty();
  }

  @Test
  void everyPrefixOfAMessageIsReadOrRefused() {
    ByteBuffer whole =
        MdnsWriter.answer(MdnsText.write(new Announcement("c", "n", "h", 1), ADDRESS, 120));
    int read = 0;
    for (int length = 0; length < whole.limit(); length++) {
      read += MdnsReader.read(whole.duplicate().limit(length)).isPresent() ? 1 : 0;
    }

    assertThat(read).isZero();
  }

  @Test
  void damagedMessagesDoNoHarm() {
    Random random = new Random(7);
    ByteBuffer whole =
        MdnsWriter.answer(MdnsText.write(new Announcement("c", "n", "h", 1), ADDRESS, 120));
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = new byte[whole.limit()];
      whole.duplicate().get(damaged);
      for (int k = 0; k <= random.nextInt(8); k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      List<Reading> readings = new ArrayList<>();
      MdnsReader.read(ByteBuffer.wrap(damaged)).ifPresent(m -> readings.addAll(all(m)));
      read += readings.size();
    }

    assertThat(read).isPositive();
  }

  private static MdnsMessage answer(Announcement announcement, long ttl) {
    return MdnsReader.read(MdnsWriter.answer(MdnsText.write(announcement, ADDRESS, ttl)))
        .orElseThrow();
  }

  private static Reading read(MdnsMessage message) {
    return all(message).getFirst();
  }

  private static List<Reading> all(MdnsMessage message) {
    return message.entries().stream()
        .filter(Entry.Pointer.class::isInstance)
        .map(pointer -> MdnsText.read((Entry.Pointer) pointer, message))
        .toList();
  }

  private static void put(Map<String, String> values, String key, @Nullable String value) {
    if (value != null) {
      values.put(key, value);
    }
  }
}
