package dev.capstan.node.discovery;

import java.util.List;
import java.util.function.Consumer;

/**
 * Where coordinators may be reached. An address that is known was told by a configuration, a name
 * server or an announcement: nobody has tried it, and whoever answers there must still prove who he
 * is. Safe for any thread.
 */
public interface Discovery extends AutoCloseable {

  /** The addresses known now, without duplicates, in an order that changes only when they do. */
  List<CoordinatorAddress> known();

  /**
   * Tells {@code listener} what is known now, before this method returns, and then each change with
   * all that is known then. Calls come one at a time, in the order of the changes, on threads of
   * the discovery; they must be quick, and an exception is logged and forgotten.
   */
  void onChange(Consumer<List<CoordinatorAddress>> listener);

  /** Takes back what was announced and stops looking. What was known stays known. */
  @Override
  void close();
}
