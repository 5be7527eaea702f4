package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five replicas survive the loss of two, the leader among them, and not of three. */
class FiveReplicasTest {
  private static final List<String> MEMBERS = List.of("n0", "n1", "n2", "n3", "n4");

  @TempDir Path directory;

  @Test
  void fiveReplicasSurviveTwo() {
    try (MemoryReplicas replicas = new MemoryReplicas(directory, MEMBERS)) {
      MEMBERS.forEach(replicas::start);
      replicas.commitBut("", "one");
      replicas.awaitTexts("one");
      List<String> left = new ArrayList<>(MEMBERS);
      for (String text : List.of("two", "three")) {
        String leader = replicas.leader().node();
        replicas.stop(leader);
        left.remove(leader);
        replicas.commitBut("", text);
      }
      replicas.awaitTexts("one", "two", "three");
      MemoryReplicas.Replica last = replicas.confirm().leader();

      left.remove(last.node());
      replicas.stop(left.getFirst());

      assertThat(last.log().barrier()).failsWithin(PATIENCE);
      assertThat(last.consumer().texts()).containsExactly("one", "two", "three");
    }
  }
}
