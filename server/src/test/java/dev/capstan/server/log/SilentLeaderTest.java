package dev.capstan.server.log;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.log.MemoryReplicas.Replica;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Leaders that say nothing any more, where the library alone would draw a time of up to an hour
 * after which it lets another one stand: only the watch over silence does within these tests.
 */
class SilentLeaderTest {
  private static final List<String> MEMBERS = List.of("n0", "n1", "n2");
  private static final Duration LIBRARY = Duration.ofHours(1);

  @TempDir Path directory;

  private MemoryReplicas start(List<String> members) {
    MemoryReplicas replicas = new MemoryReplicas(directory, members, LIBRARY);
    members.forEach(replicas::start);
    replicas.commitBut("", "one");
    replicas.awaitTexts("one");
    return replicas;
  }

  @Test
  void aLeaderThatNobodyHearsIsSucceeded() {
    try (MemoryReplicas replicas = start(MEMBERS)) {
      Replica leader = replicas.leader();

      replicas.network.cut(leader.node());

      replicas.commitBut(leader.node(), "two");
      replicas.network.heal(leader.node());
      replicas.awaitTexts("one", "two");
    }
  }

  @Test
  void threeOfFiveAreEnough() {
    try (MemoryReplicas replicas = start(List.of("n0", "n1", "n2", "n3", "n4"))) {
      Replica leader = replicas.leader();
      replicas.stop(leader.node().equals("n4") ? "n3" : "n4");

      replicas.network.cut(leader.node());

      replicas.commitBut(leader.node(), "two");
    }
  }

  @Test
  void aLeaderThatOneAloneDoesNotHearLeadsOn() {
    try (MemoryReplicas replicas = start(MEMBERS)) {
      Replica leader = replicas.leader();
      long term = leader.log().role().term();
      String cut = MEMBERS.stream().filter(n -> !n.equals(leader.node())).findFirst().orElse("");
      AtomicInteger answers = new AtomicInteger();
      replicas.network.go((letter, to) -> {
        if (Set.of(letter.from(), letter.to()).equals(Set.of(leader.node(), cut))) {
          throw new IOException("cut off from each other");
        }
        byte[] answer = to.handle(letter.call(), letter.from(), letter.bytes().toByteArray());
        if (letter.call() == PeerNetwork.Call.SILENCE) {
          assertThat(letter.from()).isEqualTo(cut);
          assertThat(TermIndexProto.parseFrom(answer).getTerm()).isEqualTo(term);
          answers.incrementAndGet();
        }
        return answer;
      });

      await().until(() -> answers.get() > 5);

      assertThat(leader.log().role().leads()).isTrue();
      assertThat(leader.log().role().term()).isEqualTo(term);
    }
  }

  @Test
  void ofThoseWhoHearNothingTheOneThatHasMostStands() {
    try (MemoryReplicas replicas = start(MEMBERS)) {
      Replica leader = replicas.leader();
      List<String> others = MEMBERS.stream().filter(n -> !n.equals(leader.node())).toList();
      String behind = others.getFirst();
      Set<String> stood = ConcurrentHashMap.newKeySet();
      replicas.network.go((letter, to) -> {
        boolean appends = letter.call() == PeerNetwork.Call.APPEND;
        if (appends && letter.from().equals(leader.node()) && letter.to().equals(behind)) {
          throw new IOException("lost");
        }
        if (letter.call() == PeerNetwork.Call.VOTE) {
          stood.add(letter.from());
        }
        return to.handle(letter.call(), letter.from(), letter.bytes().toByteArray());
      });
      replicas.commitBut("", "two");

      replicas.network.cut(leader.node());

      replicas.commitBut(leader.node(), "three");
      assertThat(stood).containsExactly(others.getLast());
    }
  }
}
