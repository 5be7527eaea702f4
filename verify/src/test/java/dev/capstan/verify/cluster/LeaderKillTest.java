package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.verify.crash.Checker;
import dev.capstan.verify.crash.CrashDefinitions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the coordinator that leads, under load, again and again, and checks what is left. {@code
 * -Dcluster.kills=100} kills as often as that; {@code -Dcluster.seed=N} repeats the moments.
 */
class LeaderKillTest {
  private static final int KILLS = Integer.getInteger("cluster.kills", 2);
  private static final long SEED = Long.getLong("cluster.seed", System.nanoTime());
  private static final int CLIENTS = 6;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void nothingAcknowledgedIsLostHoweverOftenTheLeaderIsKilled()
      throws IOException, InterruptedException {
    System.out.println("cluster.seed=" + SEED + " cluster.kills=" + KILLS);
    Random random = new Random(SEED);
    List<Duration> gaps = new ArrayList<>();
    Clients clients;
    try (Processes cluster = new Processes(folder)) {
      cluster.work("w1", 50);
      cluster.work("w2", 50);
      List<URI> doors = ClusterNode.MEMBERS.stream().map(cluster::door).toList();
      for (String definition : CrashDefinitions.ALL) {
        deploy(doors.getFirst(), definition);
      }
      try (Clients load = new Clients(doors, CLIENTS)) {
        clients = load;
        for (int kill = 0; kill < KILLS; kill++) {
          gaps.add(killLeader(cluster, load, doors, 500 + random.nextInt(1_500)));
        }
        load.stop();
      }
    }
    assertThat(clients.rejections()).isEmpty();
    assertThat(clients.acknowledged()).hasSizeGreaterThan(KILLS);
    try (Trio trio = new Trio(folder)) {
      trio.work("w1", 50);
      new Checker(trio.coordinator(trio.leader()).gateway())
          .check(clients.acknowledged(), java.util.Map.of());
      assertThat(trio.coordinator(trio.leader()).check().join()).isEmpty();
    }
    gaps.sort(null);
    System.out.printf(
        "%d kills of the leader, %d starts sent, %d acknowledged, %d sent again; none lost; longest gaps %s%n",
        KILLS, clients.sent(), clients.acknowledged().size(), clients.again(), gaps);
  }

  /** Kills the leader, waits for another to carry on, and lets the killed one come back. */
  private Duration killLeader(Processes cluster, Clients load, List<URI> doors, int afterMillis)
      throws IOException, InterruptedException {
    String leader = leader(doors);
    // The moment of the kill is the point of the test, so it comes from the seed and not from a
    // condition.
    boolean _ = new CountDownLatch(1).await(afterMillis, TimeUnit.MILLISECONDS);
    var _ = load.longestGap();
    cluster.kill(leader);
    int before = load.acknowledged().size();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            load.acknowledged().size() > before + 2 * CLIENTS || !load.rejections().isEmpty());
    assertThat(load.rejections()).isEmpty();
    List<URI> others = doors.stream().filter(door -> !door.equals(cluster.door(leader))).toList();
    assertThat(leader(others)).isNotEqualTo(leader);
    cluster.start(leader);
    return load.longestGap();
  }

  private String leader(List<URI> doors) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(doors.getFirst().resolve("/v1/cluster")).build(),
            HttpResponse.BodyHandlers.ofString());
    return new JsonMapper().readTree(answer.body()).path("coordinator").asText();
  }

  /** Deploys; again while the leadership changes, as it may just after a cluster has begun. */
  private void deploy(URI door, String definition) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          HttpResponse<String> answer =
              http.send(
                  HttpRequest.newBuilder(door.resolve("/v1/definitions"))
                      .header("Content-Type", "application/yaml")
                      .timeout(Duration.ofSeconds(30))
                      .POST(HttpRequest.BodyPublishers.ofString(definition))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
          assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201, 503);
          return answer.statusCode() != 503;
        });
  }
}
