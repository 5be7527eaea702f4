package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.StartRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five coordinators under a light load survive two that are killed at once, the leader among them.
 * Without a third one they begin nothing, say so, and lose nothing.
 */
class FiveCoordinatorsTest {
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3", "c4", "c5");
  private static final int WORKERS = 2;
  private static final int CALLERS = 4;

  @TempDir Path folder;

  private final List<String> dead = new ArrayList<>();

  @Test
  void fiveSurviveTwoAndWaitWithoutAThird() throws IOException, InterruptedException {
    try (Fleet fleet = new Fleet(folder, COORDINATORS.size(), WORKERS)) {
      ClusterView view = fleet.view();
      view.awaitComplete(COORDINATORS.size());
      Object _ = CapstanClient.await(view.client().deploy(Callers.DEFINITION, "steps.yaml"));
      HeldTasks tasks = new HeldTasks(view, folder);
      try (Callers callers = new Callers(view, CALLERS)) {
        callers.awaitMore();
        HeldTasks.Held held = tasks.begin();
        killTwo(fleet);
        callers.awaitMore();
        held.release();
        held.awaitEnd();

        HeldTasks.Held heldAgain = tasks.begin();
        int looks = callers.lookAtAllWhileIdle(() -> goWithoutMajority(fleet, heldAgain));

        assertThat(looks).isPositive();
        callers.awaitMore();
        callers.stop();
        heldAgain.awaitEnd();
        assertThat(callers.violations()).isEmpty();
        List<String> all = tasks.and(callers.ids());
        all.addAll(startAgain(view));
        List<History> _ = History.readSound(view.client(), all);
        callers.requireLooks();
        view.requireSync(callers.latest(), COORDINATORS);
      }
    }
  }

  private void killTwo(Fleet fleet) {
    String leader = fleet.view().certainLeader(0);
    String other =
        COORDINATORS.stream().filter(each -> !each.equals(leader)).findAny().orElseThrow();
    fleet.kill(leader, other);
    dead.addAll(List.of(leader, other));
    fleet.view().awaitLeadersOtherThan(leader, other);
  }

  /** One more dies; what a worker ends meanwhile is told when all three are back. */
  private void goWithoutMajority(Fleet fleet, HeldTasks.Held held) {
    try {
      String leader = fleet.view().leader();
      fleet.kill(leader);
      dead.add(leader);
      for (String each : alive()) {
        requireRefusal(clientOf(each, fleet.view()), each);
      }
      held.release();
      for (String each : dead) {
        fleet.restart(each);
      }
      fleet.view().awaitComplete(COORDINATORS.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> alive() {
    return COORDINATORS.stream().filter(each -> !dead.contains(each)).toList();
  }

  private static CapstanClient clientOf(String coordinator, ClusterView view) {
    return view.each().get(COORDINATORS.indexOf(coordinator));
  }

  private static StartRequest refused(String coordinator) {
    return StartRequest.of(Callers.WORKFLOW).withId("refused-" + coordinator);
  }

  /** At first it may not know yet how many are gone; it acknowledges nothing either way. */
  private static void requireRefusal(CapstanClient one, String coordinator) {
    Awaitility.await()
        .atMost(ClusterView.PATIENCE)
        .until(() -> {
          CapstanException.Unavailable refusal =
              catchThrowableOfType(
                  CapstanException.Unavailable.class,
                  () -> CapstanClient.await(one.start(refused(coordinator))));
          return "CAP-6002".equals(refusal.code());
        });
  }

  /** What was refused may be asked for again, and is begun once. */
  private List<String> startAgain(ClusterView view) {
    List<String> ids = new ArrayList<>();
    for (String coordinator : alive()) {
      String id = CapstanClient.await(view.client().start(refused(coordinator))).id();
      assertThat(CapstanClient.await(view.client().end(id)).status()).isEqualTo("completed");
      ids.add(id);
    }
    return ids;
  }
}
