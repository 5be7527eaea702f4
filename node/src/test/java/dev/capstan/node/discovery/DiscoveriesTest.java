package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig.DiscoveryProtocol;
import dev.capstan.node.config.NodeConfig.NodeDiscovery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class DiscoveriesTest {
  private static final HostPort A = new HostPort("a.example", 1);
  private static final HostPort B = new HostPort("fd00::1", 2);

  @Test
  void seedsAreKnownAtOnceInTheirOrder() {
    try (Discovery discovery = new StaticDiscovery(List.of(B, A, B))) {
      List<List<CoordinatorAddress>> told = new ArrayList<>();
      discovery.onChange(told::add);

      assertThat(discovery.known())
          .containsExactly(CoordinatorAddress.of(B), CoordinatorAddress.of(A));
      assertThat(told).containsExactly(discovery.known());
    }
  }

  @Test
  void withoutDiscoveryOnlySeedsAreUsedWhateverTheProtocol() {
    for (DiscoveryProtocol protocol : DiscoveryProtocol.values()) {
      try (Discovery discovery = Discoveries.open(config(false, protocol), null, null)) {
        assertThat(discovery).isInstanceOf(StaticDiscovery.class);
        assertThat(discovery.known()).containsExactly(CoordinatorAddress.of(A));
      }
    }
  }

  @Test
  void theStaticProtocolTakesSeedsAlone() {
    try (Discovery discovery =
        Discoveries.open(config(true, DiscoveryProtocol.STATIC), null, null)) {
      assertThat(discovery).isInstanceOf(StaticDiscovery.class);
    }
  }

  @Test
  void seedsComeFirstAndCountOnceWithWhatIsFound() {
    KnownAddresses found = new KnownAddresses(List.of());
    Discovery search =
        new Discovery() {
          @Override
          public List<CoordinatorAddress> known() {
            return found.all();
          }

          @Override
          public void onChange(Consumer<List<CoordinatorAddress>> listener) {
            found.listen(listener);
          }

          @Override
          public void close() {}
        };
    try (Discovery joint = new JointDiscovery(List.of(new StaticDiscovery(List.of(A)), search))) {
      List<Integer> told = new ArrayList<>();
      joint.onChange(known -> told.add(known.size()));

      found.replace(List.of(CoordinatorAddress.of(B), CoordinatorAddress.of(A)));

      assertThat(joint.known()).containsExactly(CoordinatorAddress.of(A), CoordinatorAddress.of(B));
      assertThat(told).containsExactly(1, 2);
    }
  }

  @Test
  void whatCanNotBeAnnouncedIsRefused() {
    assertThatThrownBy(() -> new Announcement("C", "n", null, 1)).hasMessageContaining("C, n");
    assertThatThrownBy(() -> new Announcement("c", "", null, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Announcement("c", "n", "a b", 1)).hasMessageContaining("a b");
    assertThatThrownBy(() -> new Announcement("c", "n", null, 0)).hasMessageContaining("0");
  }

  private static NodeDiscovery config(boolean enabled, DiscoveryProtocol protocol) {
    return new NodeDiscovery(
        enabled, protocol, Duration.ofSeconds(1), List.of(A), "a.example", 7481, List.of());
  }
}
