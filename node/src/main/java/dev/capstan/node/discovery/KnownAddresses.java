package dev.capstan.node.discovery;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a discovery knows, and who wants to hear of changes. Safe for any thread. */
final class KnownAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(KnownAddresses.class);

  private final List<Consumer<List<CoordinatorAddress>>> listeners = new ArrayList<>();
  private volatile List<CoordinatorAddress> addresses;

  KnownAddresses(List<CoordinatorAddress> addresses) {
    this.addresses = addresses.stream().distinct().toList();
  }

  List<CoordinatorAddress> all() {
    return addresses;
  }

  /** Tells listeners when {@code found} differs from what was known. */
  synchronized void replace(List<CoordinatorAddress> found) {
    List<CoordinatorAddress> distinct = found.stream().distinct().toList();
    if (!distinct.equals(addresses)) {
      addresses = distinct;
      listeners.forEach(this::tell);
    }
  }

  synchronized void listen(Consumer<List<CoordinatorAddress>> listener) {
    listeners.add(listener);
    tell(listener);
  }

  private void tell(Consumer<List<CoordinatorAddress>> listener) {
    try {
      listener.accept(addresses);
    } catch (RuntimeException e) {
      LOG.error("Who listens for coordinators failed on {}", addresses, e);
    }
  }
}
