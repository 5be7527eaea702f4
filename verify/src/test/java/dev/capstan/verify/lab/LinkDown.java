package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A host whose cable is pulled out at the switch: it sees a link without carrier. */
final class LinkDown implements Fault {
  private final Namespaces namespaces;
  private final Host host;
  private final long before;
  private @Nullable Evidence last;

  LinkDown(Namespaces namespaces, Host host) {
    this.namespaces = namespaces;
    this.host = host;
    this.before = undelivered();
    set("down");
  }

  private void set(String state) {
    try {
      namespaces.run("ip link set " + Lab.port(host.number()) + " " + state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long undelivered() {
    try {
      return Long.parseLong(namespaces.ask("undelivered " + host.number()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frames for the host only: what it would have sent stays in its kernel. */
  @Override
  public synchronized Evidence evidence() {
    return last == null ? new Evidence(Map.of(">" + host.name(), undelivered() - before)) : last;
  }

  @Override
  public synchronized void heal() {
    if (last == null) {
      last = evidence();
      set("up");
    }
  }

  @Override
  public String toString() {
    return "link of " + host.name() + " down";
  }
}
