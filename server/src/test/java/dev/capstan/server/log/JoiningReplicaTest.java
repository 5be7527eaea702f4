package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static dev.capstan.server.Patience.await;
import static dev.capstan.server.log.MemoryReplicas.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.log.MemoryPeers.Letter;
import dev.capstan.server.log.MemoryReplicas.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A replica that is being taken in goes on, whatever it hears and does not hear meanwhile. On a
 * busy machine each word of the leader may be the last one for longer than an election timeout.
 */
class JoiningReplicaTest {
  private static final String NEW = "new";

  @TempDir Path directory;
  private MemoryReplicas replicas;

  private final List<String> texts = new ArrayList<>();

  /** The leader that took it in first; empty before that. */
  private String cutOff = "";

  @BeforeEach
  void openNetwork() {
    replicas = new MemoryReplicas(directory, List.of());
  }

  /** Makes a group in which something was committed, and starts one that is to be taken in. */
  private void found(String... members) {
    List.of(members).forEach(each -> replicas.start(each, List.of(members)));
    commit("one");
    replicas.start(NEW, List.of());
  }

  private void commit(String text) {
    long _ = replicas.commitBut(cutOff, text);
    texts.add(text);
  }

  @AfterEach
  void stopAll() {
    replicas.close();
  }

  private static boolean isAppend(Letter letter) {
    return letter.call() == PeerNetwork.Call.APPEND;
  }

  private static AppendEntriesRequestProto entries(Letter letter)
      throws InvalidProtocolBufferException {
    return AppendEntriesRequestProto.parseFrom(letter.bytes());
  }

  /** Whether a configuration with the new one is in it. */
  private static boolean takesIn(Letter letter) throws InvalidProtocolBufferException {
    return isAppend(letter)
        && entries(letter).getEntriesList().stream().anyMatch(JoiningReplicaTest::takesIn);
  }

  private static boolean takesIn(LogEntryProto entry) {
    return entry.getConfigurationEntry().getPeersList().stream()
        .anyMatch(peer -> peer.getId().toStringUtf8().equals(NEW));
  }

  private static byte[] arrives(Letter letter, PeerNetwork.Handler to) throws IOException {
    return to.handle(letter.call(), letter.from(), letter.bytes().toByteArray());
  }

  private static byte[] lost(Letter letter) throws IOException {
    throw new IOException(letter.call() + " from " + letter.from() + " is lost");
  }

  /** Asks for it again and again, as coordinators do, until so much has happened. */
  private void takeInUntil(List<String> members, BooleanSupplier happened) {
    await()
        .until(() -> {
          var _ = replicas.leader().logs().setMembers("p0", members, PATIENCE);
          return happened.getAsBoolean();
        });
  }

  private void takeIn(List<String> members) {
    await()
        .atMost(PATIENCE.multipliedBy(2))
        .untilAsserted(() ->
            assertThat(
                    replicas
                        .leader()
                        .logs()
                        .setMembers("p0", members, PATIENCE)
                        .handle((_, failure) -> failure)
                        .join())
                .isNull());
  }

  /** Whether it has a configuration with itself. */
  private boolean isMember() {
    return replicas.get(NEW).logs().members("p0").contains(NEW);
  }

  /** For twice the longest time after which a replica that hears nothing stands for election. */
  private void staysInSilence() {
    RecordingConsumer consumer = replicas.get(NEW).consumer();
    await()
        .during(SILENCE.multipliedBy(4))
        .failFast("it ended", () -> consumer.failure() != null)
        .until(() -> consumer.failure() == null);
  }

  private void takeInAndGoOn(List<String> members) {
    replicas.network.goOn();
    takeIn(members);
    commit("last");
    replicas.awaitTexts(texts.toArray(String[]::new));
  }

  /** As when a heartbeat is due before the entries are sent. */
  @Test
  void oneThatHearsThatItCountsAndNotYetWhereGoesOn() {
    found("n0");
    AtomicBoolean told = new AtomicBoolean();
    replicas.network.go((letter, to) -> {
      if (!isAppend(letter) || (!told.get() && !takesIn(letter))) {
        return arrives(letter, to);
      }
      if (told.compareAndSet(false, true)) {
        AppendEntriesRequestProto heartbeat =
            entries(letter).toBuilder().clearEntries().setInitializing(false).build();
        return to.handle(letter.call(), letter.from(), heartbeat.toByteArray());
      }
      return lost(letter);
    });
    takeInUntil(List.of("n0", NEW), told::get);

    staysInSilence();

    takeInAndGoOn(List.of("n0", NEW));
  }

  /** The leader may not have noticed yet that it counts when it sends the entry that says so. */
  @Test
  void oneThatHasBeenTakenInVotes() {
    found("n0");
    AtomicBoolean told = new AtomicBoolean();
    replicas.network.go((letter, to) -> {
      if (!isAppend(letter) || (!told.get() && !takesIn(letter))) {
        return arrives(letter, to);
      }
      if (told.get()) {
        return lost(letter);
      }
      AppendEntriesRequestProto early = entries(letter).toBuilder().setInitializing(true).build();
      byte[] answer = to.handle(letter.call(), letter.from(), early.toByteArray());
      told.set(true);
      return answer;
    });
    takeInUntil(List.of("n0", NEW), told::get);
    Replica former = replicas.get("n0");
    await().until(() -> !former.log().role().leads());

    takeInAndGoOn(List.of("n0", NEW));
  }

  /**
   * On a busy machine it has everything before the leader hears of that, and is given up. Nothing
   * else may be committed for hours then, as at night.
   */
  @Test
  void oneThatHasEverythingAlreadyIsTakenInWithNothingNew() {
    found("n0");
    List<String> all = List.of("n0", NEW);
    replicas.network.go((letter, to) -> {
      byte[] answer = arrives(letter, to);
      return letter.to().equals(NEW) && isAppend(letter) ? lost(letter) : answer;
    });
    await().until(() -> givesUp(all) && replicas.get(NEW).consumer().texts().equals(texts));
    replicas.network.goOn();

    takeIn(all);

    commit("last");
    replicas.awaitTexts(texts.toArray(String[]::new));
  }

  /** Whether the leader finds that it can't be taken in. */
  private boolean givesUp(List<String> members) {
    return replicas
        .leader()
        .logs()
        .setMembers("p0", members, PATIENCE)
        .handle((_, failure) -> failure != null)
        .join();
  }

  /** Others than the one that has told it lead, twice, and begin anew to take it in. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatWasTakenInByALeaderThatIsNoneAnyMoreGoesOn(boolean bySnapshot) {
    List<String> all = List.of("n0", "n1", "n2", NEW);
    found("n0", "n1", "n2");
    isTakenInByALeaderThatIsCutOff(all);
    if (bySnapshot) {
      IntStream.range(0, 150).forEach(number -> commit(number + "x".repeat(1_000)));
      all.stream().filter(each -> !List.of(cutOff, NEW).contains(each)).forEach(replicas::drop);
    }
    handOver();
    standsInVain();
    isTakenBack(all);

    staysInSilence();

    replicas.network.heal(cutOff);
    cutOff = "";
    takeInAndGoOn(all);
  }

  private void isTakenInByALeaderThatIsCutOff(List<String> all) {
    replicas.network.go((letter, to) ->
        takesIn(letter) && !letter.to().equals(NEW) ? lost(letter) : arrives(letter, to));
    takeInUntil(
        all,
        () -> {
          cutOff = Objects.requireNonNullElse(replicas.get(NEW).log().role().leader(), "");
          return !cutOff.isEmpty() && isMember();
        });
    replicas.network.cut(cutOff);
    commit("two");
  }

  /** So that the configuration that the others have comes after the one that the new one has. */
  private void handOver() {
    Replica leader = replicas.leaderBut(cutOff);
    long term = leader.log().role().term();
    await()
        .until(() -> {
          Replica leads = replicas.leaderBut(cutOff);
          if (leads.log().role().term() > term) {
            return true;
          }
          boolean _ = leads.logs().handOver(Heirs.ANY, PATIENCE);
          return false;
        });
  }

  private void standsInVain() {
    AtomicBoolean stood = new AtomicBoolean();
    replicas.network.go((letter, to) -> {
      if (letter.from().equals(NEW) && letter.call() == PeerNetwork.Call.VOTE) {
        stood.set(true);
      }
      return arrives(letter, to);
    });
    await()
        .failFast("it ended", () -> replicas.get(NEW).consumer().failure() != null)
        .untilTrue(stood);
    staysInSilence();
  }

  /** The next leader's configuration takes the place of its own, and then the leader is silent. */
  private void isTakenBack(List<String> all) {
    AtomicBoolean takenBack = new AtomicBoolean();
    replicas.network.go((letter, to) -> {
      boolean leads = isAppend(letter) || letter.call() == PeerNetwork.Call.SNAPSHOT;
      if (!leads || !letter.to().equals(NEW)) {
        return arrives(letter, to);
      }
      if (takenBack.get()) {
        return lost(letter);
      }
      byte[] answer = arrives(letter, to);
      takenBack.set(!isMember());
      return answer;
    });
    takeInUntil(all, takenBack::get);
  }
}
