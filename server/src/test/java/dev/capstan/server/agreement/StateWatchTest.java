package dev.capstan.server.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.Clock;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Three replicas that ask each other through memory. */
class StateWatchTest {
  private static final List<String> MEMBERS = List.of("c1", "c2", "c3");

  private final Map<String, DigestHistory> histories = new TreeMap<>();
  private final Map<String, Replicas> replicas = new HashMap<>();
  private final Map<String, StateWatch> watches = new HashMap<>();
  private final Map<String, StorageFailure> stopped = new TreeMap<>();
  private final List<String> silent = new ArrayList<>();

  StateWatchTest() {
    for (String member : MEMBERS) {
      DigestHistory history = new DigestHistory(16);
      history.reset(new StateDigest(-1, 0));
      histories.put(member, history);
      Replicas here = new Replicas("main", member, history, () -> MEMBERS, new Memory());
      replicas.put(member, here);
      watches.put(member, new StateWatch(here, "0", failure -> stopped.put(member, failure)));
    }
  }

  private final class Memory implements PeerNetwork {
    @Override
    public void serve(Handler handler) {}

    @Override
    public byte[] call(String node, Call call, byte[] request, Duration timeout)
        throws IOException {
      Replicas other = replicas.get(node);
      if (call != Call.STATE || other == null || silent.contains(node)) {
        throw new IOException("no answer");
      }
      return Replicas.answer(List.of(other), Clock.system(), request);
    }

    @Override
    public void close() {}
  }

  private void apply(String replica, long index, long digest) {
    Objects.requireNonNull(histories.get(replica)).add(new StateDigest(index, digest));
  }

  private StateWatch watch(String replica) {
    return Objects.requireNonNull(watches.get(replica));
  }

  private void look() throws InterruptedException {
    for (String member : MEMBERS) {
      watch(member).look();
    }
  }

  private Map<String, Double> readings(String replica) {
    Map<String, Double> values = new TreeMap<>();
    watch(replica).read((metric, value, labels) -> values.put(String.join(" ", labels), value));
    return values;
  }

  @Test
  void replicasThatAreAtDifferentIndexesAreComparedWhereAllHaveBeen() throws InterruptedException {
    apply("c1", 1, 11);
    apply("c1", 4, 14);
    apply("c2", 1, 11);
    apply("c3", 1, 11);
    apply("c3", 4, 14);
    apply("c3", 5, 15);

    look();

    assertThat(stopped).isEmpty();
    assertThat(readings("c2")).containsEntry("0 equal", 1.0).containsEntry("0", 0.0);
  }

  @Test
  void theReplicaThatTheMajorityIsAgainstStops() throws InterruptedException {
    apply("c1", 1, 11);
    apply("c2", 1, 99);
    apply("c3", 1, 11);

    look();

    assertThat(stopped).containsOnlyKeys("c2");
    assertThat(stopped.get("c2"))
        .hasMessageContaining("index 1")
        .hasMessageContaining("join again")
        .extracting(StorageFailure::code)
        .isEqualTo(StorageFailure.Code.STATE_DIFFERS);
    assertThat(readings("c1")).containsEntry("0 different", 1.0).containsEntry("0", 1.0);
  }

  @Test
  void withoutAMajorityNobodyStopsButAllTellIt() throws InterruptedException {
    apply("c1", 1, 11);
    apply("c2", 1, 99);
    silent.add("c3");

    watch("c1").look();
    watch("c2").look();

    assertThat(stopped).isEmpty();
    assertThat(readings("c1")).containsEntry("0 different", 1.0).containsEntry("0", 2.0);
  }

  @Test
  void aReplicaWithoutOthersLearnsNothing() throws InterruptedException {
    silent.addAll(MEMBERS);

    watch("c1").look();

    assertThat(readings("c1")).containsEntry("0 unknown", 1.0).containsEntry("0 equal", 0.0);
  }
}
