package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.discovery.MdnsText.Reading;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What anybody may announce, and what becomes of it. */
final class SightingsTest {
  private static final String LINK = "10.0.0.9";

  @Test
  void otherClustersAreCountedOnceEachAndIgnored() {
    Sightings sightings = new Sightings("c", null);

    sightings.heard(LINK, "a", new Reading.Coordinator("other", "a", "h", 1), 120, 0);
    sightings.heard(LINK, "a", new Reading.Coordinator("other", "a", "h", 1), 120, 0);
    sightings.heard(LINK, "b", new Reading.Coordinator("third", "b", "h", 1), 120, 0);
    sightings.heard(LINK, "c", new Reading.Coordinator("c", "c", "h", 1), 120, 0);

    assertThat(sightings.strangers()).isEqualTo(2);
    assertThat(sightings.known().all()).containsExactly(new CoordinatorAddress("h", 1, "c", "c"));
  }

  @Test
  void whoKnowsNoClusterTakesAll() {
    Sightings sightings = new Sightings(null, null);

    sightings.heard(LINK, "b", new Reading.Coordinator("c2", "n", "h", 1), 120, 0);
    sightings.heard(LINK, "a", new Reading.Coordinator("c1", "n", "h", 1), 120, 0);

    assertThat(sightings.known().all())
        .extracting(CoordinatorAddress::cluster)
        .containsExactly("c1", "c2");
    assertThat(sightings.strangers()).isZero();
  }

  @Test
  void aCoordinatorDoesNotFindItself() {
    Sightings sightings = new Sightings("c", new Announcement("c", "n", null, 1));

    sightings.heard(LINK, "n", new Reading.Coordinator("c", "n", "h", 1), 120, 0);

    assertThat(sightings.known().all()).isEmpty();
  }

  @Test
  void loopbackOfAnotherMachineIsOfNoUse() {
    Sightings sightings = new Sightings("c", null);

    sightings.heard(LINK, "a", new Reading.Coordinator("c", "a", "127.0.0.1", 1), 120, 0);
    sightings.heard(LINK, "b", new Reading.Coordinator("c", "b", "::1", 1), 120, 0);
    sightings.heard("127.0.0.1", "d", new Reading.Coordinator("c", "d", "127.0.0.1", 1), 120, 0);

    assertThat(sightings.known().all()).extracting(CoordinatorAddress::node).containsExactly("d");
    assertThat(sightings.unusable()).isEqualTo(2);
  }

  @Test
  void whateverIsAnnouncedTheMemoryIsBounded() {
    Sightings sightings = new Sightings("c", null);

    for (int i = 0; i < 2_000; i++) {
      sightings.heard(LINK, "m" + i, new Reading.Coordinator("c", "m" + i, "h", 1), 120, 0);
      sightings.heard(LINK, "s" + i, new Reading.Coordinator("other", "s" + i, "h", 1), 120, 0);
      sightings.heard(LINK, "u" + i, new Reading.Unusable(), 120, 0);
    }
    sightings.heard(LINK, "x".repeat(400), new Reading.Coordinator("c", "x", "h", 1), 120, 0);

    assertThat(sightings.known().all()).hasSize(Sightings.MOST);
    assertThat(sightings.strangers()).isEqualTo(256);
    assertThat(sightings.unusable()).isEqualTo(256);

    sightings.heard(LINK, "m0", new Reading.Gone(null), 0, 0);
    sightings.heard(LINK, "late", new Reading.Coordinator("c", "late", "h", 1), 120, 0);
    assertThat(sightings.known().all())
        .extracting(CoordinatorAddress::node)
        .contains("late")
        .doesNotContain("m0");
  }

  @Test
  void anInterfaceThatGoesAwayTakesItsSightingsAlong() {
    Sightings sightings = new Sightings("c", null);
    sightings.heard(LINK, "a", new Reading.Coordinator("c", "a", "h", 1), 120, 0);
    sightings.heard("10.0.0.90", "a", new Reading.Coordinator("c", "a", "h2", 1), 120, 0);

    sightings.lost(LINK);

    assertThat(sightings.known().all()).extracting(CoordinatorAddress::host).containsExactly("h2");
  }

  @Test
  void aMachineWithTwoAddressesOnOneNetworkIsKnownByBoth() {
    Sightings sightings = new Sightings("c", null);
    sightings.heard(LINK, "a", new Reading.Coordinator("c", "a", "h1", 1), 120, 0);
    sightings.heard(LINK, "a", new Reading.Coordinator("c", "a", "h2", 1), 120, 0);
    assertThat(sightings.known().all())
        .extracting(CoordinatorAddress::host)
        .containsExactly("h1", "h2");

    sightings.heard(LINK, "a", new Reading.Gone("h1"), 0, 0);
    assertThat(sightings.known().all()).extracting(CoordinatorAddress::host).containsExactly("h2");

    sightings.heard(LINK, "a", new Reading.Gone(null), 0, 0);
    assertThat(sightings.known().all()).isEmpty();
  }

  @Test
  void whatIsNotHeardOfAgainIsForgottenInTime() {
    Sightings sightings = new Sightings("c", null);
    sightings.heard(LINK, "a", new Reading.Coordinator("c", "a", "h", 1), 120, 0);
    sightings.heard(LINK, "b", new Reading.Coordinator("c", "b", "h", 1), 4_000_000_000L, 0);

    sightings.expire(Duration.ofSeconds(119).toNanos());
    assertThat(sightings.known().all()).hasSize(2);
    sightings.heard(
        LINK, "a", new Reading.Coordinator("c", "a", "h", 1), 120, Duration.ofMinutes(1).toNanos());
    sightings.expire(Duration.ofSeconds(179).toNanos());
    assertThat(sightings.known().all()).hasSize(2);
    sightings.expire(Duration.ofMinutes(3).toNanos());
    assertThat(sightings.known().all()).extracting(CoordinatorAddress::node).containsExactly("b");
    sightings.expire(Duration.ofHours(1).toNanos());
    assertThat(sightings.known().all()).isEmpty();
  }
}
