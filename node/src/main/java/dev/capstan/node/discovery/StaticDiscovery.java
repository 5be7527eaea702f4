package dev.capstan.node.discovery;

import dev.capstan.node.config.HostPort;
import java.util.List;
import java.util.function.Consumer;

/** Knows the coordinators that the configuration names, and no others. */
public final class StaticDiscovery implements Discovery {
  private final KnownAddresses known;

  /** In the order of {@code seeds}. */
  public StaticDiscovery(List<HostPort> seeds) {
    this.known = new KnownAddresses(seeds.stream().map(CoordinatorAddress::of).toList());
  }

  @Override
  public List<CoordinatorAddress> known() {
    return known.all();
  }

  @Override
  public void onChange(Consumer<List<CoordinatorAddress>> listener) {
    known.listen(listener);
  }

  @Override
  public void close() {}
}
