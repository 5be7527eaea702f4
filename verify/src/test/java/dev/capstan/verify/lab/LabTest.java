package dev.capstan.verify.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Each fault does what it says, to whom it says, and counts it. */
@EnabledIfNetworkLab
@TestInstance(Lifecycle.PER_CLASS)
class LabTest {
  private static final int COUNT = 20;

  private Path folder = Path.of("");
  private Lab lab;
  private Host a;
  private Host b;
  private Host c;
  private final Map<Host, HostProcess> speakers = new LinkedHashMap<>();
  private String text = "";

  @BeforeAll
  void open(@TempDir Path logs) {
    folder = logs;
    lab = Lab.open();
    a = lab.host("a");
    b = lab.host("b");
    c = lab.host("c");
    for (Host host : List.of(a, b, c)) {
      speakers.put(host, speak(host, Map.of("LAB_VARIABLE", host.name())));
    }
    speakers.values().forEach(speaker -> speaker.line("ready"::equals));
  }

  private HostProcess speaker(Host host) {
    return Objects.requireNonNull(speakers.get(host));
  }

  private HostProcess speak(Host host, Map<String, String> environment) {
    return host.start(
        JavaCommand.of(Speaker.class, List.of("-Xmx128m"), List.of()),
        environment,
        folder.resolve(host.name() + ".log"));
  }

  @AfterAll
  void close() {
    lab.close();
  }

  @BeforeEach
  void name(TestInfo test) {
    text = test.getTestMethod().orElseThrow().getName();
  }

  /** So that what a fault hits is this test's: a connection that ends repeats its last word. */
  @BeforeEach
  void awaitTheEndOfEarlierConnections() {
    for (Host each : speakers.keySet()) {
      await().untilAsserted(() -> assertThat(ask(each, "connections")).isEqualTo("0"));
    }
  }

  private String ask(Host host, String question) {
    HostProcess speaker = speaker(host);
    speaker.tell(question);
    return speaker.line();
  }

  /** Sends this test's datagrams. */
  private void send(Host from, String address, String mark) {
    assertThat(ask(from, "datagrams " + address + " " + COUNT + " " + text + mark))
        .isEqualTo("sent");
  }

  private void send(Host from, Host to) {
    send(from, to.address(), from.name() + to.name());
  }

  /** Which of this test's datagrams with a mark have come to a host. */
  private List<String> heard(Host at, String mark) {
    return Arrays.stream(ask(at, "heard").split(" ", -1))
        .filter(each -> each.startsWith(text + mark + "-"))
        .toList();
  }

  /** What waits for the other's address in the kernel may be overtaken by what comes after it. */
  private void awaitAllHeard(Host at, String mark) {
    List<String> all =
        IntStream.range(0, COUNT).mapToObj(number -> text + mark + "-" + number).toList();
    await()
        .untilAsserted(() -> assertThat(heard(at, mark)).containsExactlyInAnyOrderElementsOf(all));
  }

  private void awaitAllHeard(Host from, Host to) {
    awaitAllHeard(to, from.name() + to.name());
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(10));
  }

  /**
   * Sends on a way that is cut, and knows from the count that nothing was delivered. The kernel's
   * own questions, who has an address, are hit there as well.
   */
  private void sendInVain(Fault fault, Host from, Host to) {
    String mark = "vain" + from.name() + to.name();
    send(from, to.address(), mark);
    await()
        .untilAsserted(
            () -> assertThat(fault.evidence().hits(from, to)).isGreaterThanOrEqualTo(COUNT));
    assertThat(heard(to, mark)).isEmpty();
  }

  private void requireEcho(Host from, Host to) {
    assertThat(ask(from, "echo " + to.address() + " 10")).matches("[0-9]+");
  }

  @Test
  void hostsTalk() {
    send(a, b);
    awaitAllHeard(a, b);
    requireEcho(a, b);
    requireEcho(b, c);
  }

  @Test
  void whatIsLongArrivesUnchanged() {
    assertThat(ask(a, "echo " + b.address() + " " + (32 << 20))).matches("[0-9]+");
  }

  @Test
  void multicastReachesEveryHost() {
    send(a, Speaker.GROUP, "");

    awaitAllHeard(b, "");
    awaitAllHeard(c, "");
  }

  @Test
  void thisProcessHasADoorToEveryPort() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(b.door(Speaker.TCP));
      socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hello");
    }
    assertThat(b.door(Speaker.TCP)).isEqualTo(b.door(Speaker.TCP));
  }

  @Test
  void behindADoorWhereNobodyListensIsNothing() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(b.door(9));

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void processesRunAsTheTestDoesWithWhatTheyAreGiven() {
    assertThat(ask(a, "variable LAB_VARIABLE")).isEqualTo("a");
    assertThat(ask(a, "user")).isEqualTo(System.getProperty("user.name"));
    assertThat(ask(a, "folder")).isEqualTo(System.getProperty("user.dir"));
  }

  @Test
  void aCutBetweenTwoLeavesTheirWaysToAThird() {
    try (Fault cut = lab.cut(List.of(a), List.of(b))) {
      sendInVain(cut, a, b);
      sendInVain(cut, b, a);
      for (Host each : List.of(a, b)) {
        send(each, c);
        send(c, each);
        awaitAllHeard(each, c);
        awaitAllHeard(c, each);
      }
      Evidence counted = cut.evidence();
      assertThat(counted.total()).isEqualTo(counted.hits(a, b) + counted.hits(b, a));
    }

    // Datagrams that wait for an address that was asked for within the cut are thrown away.
    requireEcho(a, b);
    send(a, b);
    send(b, a);
    awaitAllHeard(a, b);
    awaitAllHeard(b, a);
  }

  @Test
  void anIsolatedHostReachesNobodyAndTheOthersEachOther() {
    try (Fault isolation = lab.isolate(a)) {
      sendInVain(isolation, a, b);
      sendInVain(isolation, a, c);
      sendInVain(isolation, b, a);
      sendInVain(isolation, c, a);
      send(b, c);
      awaitAllHeard(b, c);
      send(b, Speaker.GROUP, "group");
      awaitAllHeard(c, "group");
      assertThat(heard(a, "group")).isEmpty();
      isolation.requireBitten();
    }

    requireEcho(a, b);
    requireEcho(c, a);
  }

  @Test
  void aCutOfOneDirectionLeavesTheOther() {
    try (Fault cut = lab.cutOneWay(a, b)) {
      sendInVain(cut, a, b);
      send(b, a);
      awaitAllHeard(b, a);
      Evidence counted = cut.evidence();
      assertThat(counted.total()).isEqualTo(counted.hits(a, b));
    }
  }

  @Test
  void aConnectionThatBeganInACutIsMadeWhenItHeals() {
    Fault cut = lab.cut(List.of(a), List.of(b));
    HostProcess speaker = speaker(a);
    speaker.tell("echo " + b.address() + " 10");
    await().untilAsserted(cut::requireBitten);

    cut.heal();

    assertThat(speaker.line()).matches("[0-9]+");
    Evidence last = cut.evidence();
    requireEcho(a, b);
    assertThat(cut.evidence()).isEqualTo(last);
  }

  @Test
  void lossLosesAPartAndCountsIt() {
    List<String> came = new ArrayList<>();
    try (Fault loss = lab.loss(a, b, 30, 42)) {
      for (int i = 0; i < 10; i++) {
        String mark = "round" + i;
        long before = loss.evidence().hits(a, b);
        send(a, b.address(), mark);
        await()
            .untilAsserted(() ->
                assertThat(heard(b, mark).size() + loss.evidence().hits(a, b) - before)
                    .isEqualTo(COUNT));
        came.addAll(heard(b, mark));
      }
      assertThat(loss.evidence().hits(a, b)).isBetween(30L, 90L);
      assertThat(came).hasSize((int) (10 * COUNT - loss.evidence().hits(a, b)));
    }
  }

  @Test
  void delayHoldsUpBothWaysBetweenTwoHosts() {
    Duration delay = Duration.ofMillis(200);
    try (Fault slow = lab.delay(a, b, delay, Duration.ofMillis(20), 42)) {
      long nanos = Long.parseLong(ask(a, "echo " + b.address() + " 10"));
      assertThat(Duration.ofNanos(nanos))
          .as("two round trips: to connect, and for the echo")
          .isGreaterThanOrEqualTo(delay.multipliedBy(4));
      assertThat(slow.evidence().hits(a, b)).isPositive();
      assertThat(slow.evidence().hits(b, a)).isPositive();
      awaitTheEndOfEarlierConnections();
      long before = slow.evidence().total();
      requireEcho(a, c);
      requireEcho(c, b);
      assertThat(slow.evidence().total() - before)
          .as("a few frames may be left of the connection before, not those of the others")
          .isLessThan(5);
    }
    requireEcho(a, b);
  }

  @Test
  void faultsAddUp() {
    try (Fault one = lab.cutOneWay(a, b);
        Fault other = lab.cutOneWay(b, a)) {
      sendInVain(one, a, b);
      sendInVain(other, b, a);
      one.heal();
      send(a, b);
      awaitAllHeard(a, b);
    }
  }

  @Test
  void aLinkThatIsDownCarriesNothing() {
    try (Fault down = lab.linkDown(b)) {
      send(a, b.address(), "vain");
      await().untilAsserted(down::requireBitten);
      assertThat(heard(b, "vain")).isEmpty();
      requireEcho(a, c);
    }

    requireEcho(a, b);
    requireEcho(b, c);
  }

  @Test
  void aPausedProcessAnswersWhenItGoesOn() {
    HostProcess speaker = speaker(b);
    Fault pause = speaker.pause();
    pause.requireBitten();
    speaker.tell("variable LAB_VARIABLE");
    send(a, b);
    requireEcho(a, c);
    assertThat(speaker.isAlive()).isTrue();
    assertThat(speaker.hasLine()).isFalse();

    pause.heal();

    assertThat(speaker.line()).isEqualTo("b");
    awaitAllHeard(a, b);
  }

  @Test
  void aKilledProcessIsGoneAndItsHostIsNot() throws IOException {
    Host d = lab.host("d");
    HostProcess first = speak(d, Map.of());
    first.line("ready"::equals);
    first.kill();
    assertThat(first.isAlive()).isFalse();
    assertThat(ask(a, "echo " + d.address() + " 10")).contains("Connection refused");

    HostProcess second = speak(d, Map.of());
    second.line("ready"::equals);
    requireEcho(a, d);
    second.terminate();
  }

  @Test
  void aFaultThatHitsNothingIsToldOf() {
    try (Fault cut = lab.cut(List.of(a), List.of(b))) {
      assertThatThrownBy(cut::requireBitten)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("a>b")
          .hasMessageContaining("hit nothing");
    }
  }
}
