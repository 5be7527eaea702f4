package dev.capstan.node.discovery;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Several discoveries as one; what an earlier one knows comes first. */
final class JointDiscovery implements Discovery {
  private final List<Discovery> parts;
  private final KnownAddresses known = new KnownAddresses(List.of());

  JointDiscovery(List<Discovery> parts) {
    this.parts = List.copyOf(parts);
    this.parts.forEach(part -> part.onChange(_ -> collect()));
  }

  private synchronized void collect() {
    List<CoordinatorAddress> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(part.known()));
    known.replace(all);
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
  public void close() {
    parts.forEach(Discovery::close);
  }
}
