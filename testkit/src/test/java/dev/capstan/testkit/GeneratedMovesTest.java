package dev.capstan.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Generated workflows that are moved between two versions of their definitions, at any of their
 * decisions. The versions do the same, and all their tasks stand at different places.
 */
class GeneratedMovesTest {
  private static final int RUNS = 150;

  private int moves;

  @Test
  void moves_between_versions_that_do_the_same_change_no_outcome() {
    GeneratedWorkflowsTest.seeds()
        .limit(Integer.getInteger("generator.runs", RUNS))
        .forEach(this::check);
    assertThat(moves).as("moves of all runs").isGreaterThan(0);
  }

  private void check(long seed) {
    GeneratedRun smooth = GeneratedRun.smooth(seed);
    GeneratedRun moving = GeneratedRun.moving(seed);
    try {
      assertThat(moving.go().outcomeWithoutPlaces())
          .as("the outcome of one that moves")
          .isEqualTo(smooth.go().outcomeWithoutPlaces());
      moving.cancel();
      moving.histories().values().forEach(HistoryRules::check);
      moves += moving.moves();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(moving.told() + "\n" + e.getMessage(), e);
    }
  }
}
