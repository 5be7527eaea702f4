package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.ManualClock;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogRole;
import dev.capstan.server.log.LogStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which partition is handed over to whom, and when, as one coordinator decides it. */
class SpreadTest {
  private final ManualClock clock = new ManualClock(0);
  private final List<String> told = new ArrayList<>();
  private final Set<String> apart = new HashSet<>();
  private final Set<String> drained = new HashSet<>();
  private final Map<Integer, Partition> partitions = new TreeMap<>();
  private boolean handsOver = true;

  /** A partition as c1 has it. */
  private final class Partition implements Spread.Group {
    private final int number;
    private @Nullable String leader;
    private List<String> members = List.of("c1", "c2", "c3");
    private final Set<String> silent = new HashSet<>();

    private Partition(int number, String leader) {
      this.number = number;
      this.leader = leader;
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public boolean isHere() {
      return "c1".equals(leader);
    }

    @Override
    public @Nullable String leader() {
      return leader;
    }

    @Override
    public List<String> members() {
      return members;
    }

    @Override
    public LogStatus status() {
      return new LogStatus(
          new LogRole(LogRole.Kind.LEADER, 1, "c1"),
          0,
          9,
          9,
          9,
          0,
          0,
          0,
          0,
          members.stream()
              .filter(member -> !member.equals("c1"))
              .map(member -> new LogStatus.Peer(member, 9, 0, 0, !silent.contains(member)))
              .toList());
    }

    @Override
    public CompletableFuture<?> handOver(String node, Duration atMost) {
      told.add(number + " to " + node);
      if (!handsOver) {
        return CompletableFuture.failedFuture(new IllegalStateException("it does not take over"));
      }
      leader = node;
      return CompletableFuture.completedFuture(null);
    }
  }

  private Spread of(String... leaders) {
    for (int number = 0; number < leaders.length; number++) {
      partitions.put(number, new Partition(number, leaders[number]));
    }
    return new Spread(
        List.copyOf(partitions.values()),
        "c1",
        new Heirs(_ -> false, drained::contains),
        node -> !apart.contains(node),
        clock,
        Runnable::run);
  }

  private Partition partition(int number) {
    Partition found = partitions.get(number);
    if (found == null) {
      throw new AssertionError("no partition " + number);
    }
    return found;
  }

  /** Looks as often as it is looked in so long. */
  private void look(Spread spread, Duration time) {
    for (long second = 0; second < time.toSeconds(); second++) {
      spread.run();
      clock.advance(Duration.ofSeconds(1));
    }
  }

  @Test
  void eachPartitionGoesToTheNextCoordinatorOneAfterTheOther() {
    Spread spread = of("c1", "c1", "c1");

    look(spread, Spread.QUIET);
    assertThat(told).isEmpty();
    look(spread, Spread.QUIET.multipliedBy(3));

    assertThat(told).containsExactly("1 to c2", "2 to c3");
  }

  @Test
  void nothingIsHandedOverForAWhileAfterSomebodyHasComeOrComeBack() {
    Spread spread = of("c1", "c1", "c3");
    partition(1).silent.add("c2");
    look(spread, Duration.ofSeconds(10));
    assertThat(told).as("nobody is there who should lead it").isEmpty();

    partition(1).silent.clear();
    look(spread, Spread.QUIET);
    assertThat(told).isEmpty();
    partition(0).members = List.of("c1", "c2", "c3", "c4");
    look(spread, Spread.QUIET);
    assertThat(told).isEmpty();
    spread.run();

    assertThat(told).containsExactly("1 to c2");
  }

  @Test
  void whatIsNotTakenOverIsTriedMoreAndMoreSeldom() {
    Spread spread = of("c1", "c1", "c3");
    handsOver = false;
    look(spread, Duration.ofMinutes(10));
    assertThat(told).hasSizeBetween(5, 20);

    handsOver = true;
    look(spread, Spread.LONGEST_PAUSE.plusSeconds(1));
    assertThat(partition(1).leader).isEqualTo("c2");
    partition(1).leader = "c1";
    look(spread, Spread.QUIET.plusSeconds(1));
    assertThat(partition(1).leader).as("what has failed before is forgotten").isEqualTo("c2");
  }

  @Test
  void whoHasNotTheFirstPartitionLetsOneLeadThatHas() {
    Spread spread = of("c2", "c3", "c1");
    apart.addAll(List.of("c1", "c2"));

    spread.run();

    assertThat(told).containsExactly("2 to c3");
  }

  @Test
  void whereNobodyHasItEverythingStays() {
    Spread spread = of("c2", "c3", "c1");
    apart.addAll(List.of("c1", "c2", "c3"));
    look(spread, Duration.ofSeconds(10));
    assertThat(told).isEmpty();
  }

  @Test
  void whoLeadsTheFirstPartitionHasIt() {
    Spread spread = of("c1", "c2", "c1");
    apart.add("c1");

    look(spread, Spread.QUIET.plusSeconds(1));

    assertThat(told).as("spread as ever").containsExactly("2 to c3");
  }

  @Test
  void whoHasNotTheFirstPartitionGetsNoOther() {
    Spread spread = of("c3", "c1", "c1");
    apart.add("c2");
    look(spread, Spread.QUIET.multipliedBy(3));
    assertThat(told).isEmpty();

    apart.clear();
    spread.run();

    assertThat(told).containsExactly("2 to c2");
  }

  @Test
  void whoIsDrainedGetsNone() {
    Spread spread = of("c1", "c1", "c1");
    drained.add("c2");

    look(spread, Spread.QUIET.multipliedBy(3));

    assertThat(told).containsExactly("1 to c3");
  }
}
