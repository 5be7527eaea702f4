package dev.capstan.client;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The coordinators of a cluster, any of which takes any request. One of them is asked for as long
 * as it answers; one that says another leads is left for that, which saves a hop. Safe for any
 * thread.
 */
final class Servers {
  private final List<String> all;
  private final AtomicReference<String> present;

  Servers(List<String> all) {
    this.all = List.copyOf(all);
    this.present = new AtomicReference<>(all.getFirst());
  }

  /** The address to ask. */
  String present() {
    return present.get();
  }

  /** All, in the order in which they were given. */
  List<String> all() {
    return all;
  }

  /** How many there are. */
  int count() {
    return all.size();
  }

  /** One does not answer: the next is asked from now on, unless somebody has moved on already. */
  void doesNotAnswer(String server) {
    String next = all.get((all.indexOf(server) + 1) % all.size());
    present.compareAndSet(server, next);
  }

  /**
   * One has answered that another leads; an address that is not among the known ones is not
   * followed.
   */
  void saysLeads(String server, String leader) {
    if (all.contains(leader)) {
      present.compareAndSet(server, leader);
    }
  }
}
