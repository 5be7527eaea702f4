package dev.capstan.node.discovery;

import dev.capstan.node.discovery.MdnsText.Reading;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which coordinators were heard of on the local network. Anybody there can announce anything, so
 * everything has a limit: what is beyond is not taken. Safe for any thread.
 */
final class Sightings {
  private static final Logger LOG = LoggerFactory.getLogger(Sightings.class);

  /** A cluster has five coordinators, each on a few interfaces. */
  static final int MOST = 64;

  private static final int MOST_STRANGERS = 256;
  private static final int LONGEST_KEY = 320;

  /** What may be told to count for longer counts for this long. */
  private static final long LONGEST_SECONDS = 3_600;

  private final @Nullable String cluster;
  private final @Nullable Announcement self;
  private final KnownAddresses known = new KnownAddresses(List.of());
  private final Map<String, Seen> seen = new HashMap<>();
  private final Set<String> strangers = new HashSet<>();
  private final Set<String> unusable = new HashSet<>();
  private boolean saidFull;

  /** An address, and when it is forgotten unless it is heard of again. */
  private record Seen(CoordinatorAddress address, long untilNanos) {}

  /**
   * @param cluster whose coordinators count; null for those of any
   * @param self what this node announces, which it need not find
   */
  Sightings(@Nullable String cluster, @Nullable Announcement self) {
    this.cluster = cluster;
    this.self = self;
  }

  KnownAddresses known() {
    return known;
  }

  /** How many different announcements of other clusters were heard; counts no further than 256. */
  synchronized int strangers() {
    return strangers.size();
  }

  /** How many different announcements could not be used; counts no further than 256. */
  synchronized int unusable() {
    return unusable.size();
  }

  /**
   * Takes what an announcement says.
   *
   * @param link where it was heard
   * @param name its name there
   * @param seconds that it counts for
   * @param nanos the time now
   */
  synchronized void heard(String link, String name, Reading reading, long seconds, long nanos) {
    String key = link + " " + name;
    if (key.length() > LONGEST_KEY) {
      return;
    }
    switch (reading) {
      case Reading.Gone gone -> gone(key + " " + (gone.host() == null ? "" : gone.host()));
      case Reading.Unusable _ -> count(unusable, key);
      case Reading.Coordinator found -> {
        long until = nanos + TimeUnit.SECONDS.toNanos(Math.min(seconds, LONGEST_SECONDS));
        // A machine with two interfaces on one network is heard of with two addresses.
        found(key + " " + found.host(), link, found, until);
      }
    }
  }

  private void found(String key, String link, Reading.Coordinator found, long until) {
    if (self != null
        && self.cluster().equals(found.cluster())
        && self.node().equals(found.node())) {
      return;
    }
    if (cluster != null && !cluster.equals(found.cluster())) {
      stranger(key, found);
    } else if (MdnsText.isLoopback(found.host()) && !MdnsText.isLoopback(link)) {
      count(unusable, key);
    } else if (seen.containsKey(key) || seen.size() < MOST) {
      seen.put(key, new Seen(found.address(), until));
      publish();
    } else if (!saidFull) {
      saidFull = true;
      LOG.warn(
          "More than {} coordinators are announced on this network; the others are ignored", MOST);
    }
  }

  private void stranger(String key, Reading.Coordinator found) {
    if (strangers.isEmpty()) {
      LOG.warn(
          "Another cluster is on this network: {} of {} at {}. It is ignored; this is said once",
          found.node(),
          found.cluster(),
          found.host());
    }
    count(strangers, key);
  }

  private void gone(String keys) {
    boolean all = keys.endsWith(" ");
    if (seen.keySet().removeIf(key -> all ? key.startsWith(keys) : key.equals(keys))) {
      publish();
    }
  }

  /** Forgets what was not heard of for as long as it counts. */
  synchronized void expire(long nanos) {
    if (seen.values().removeIf(one -> nanos - one.untilNanos() >= 0)) {
      publish();
    }
  }

  /** Nothing can be heard on the link any more. */
  synchronized void lost(String link) {
    if (seen.keySet().removeIf(key -> key.startsWith(link + " "))) {
      publish();
    }
  }

  private static void count(Set<String> counted, String key) {
    if (counted.size() < MOST_STRANGERS) {
      counted.add(key);
    }
  }

  private void publish() {
    known.replace(
        seen.values().stream()
            .map(Seen::address)
            .sorted(
                Comparator.comparing((CoordinatorAddress address) -> String.valueOf(address.node()))
                    .thenComparing(address -> String.valueOf(address.cluster()))
                    .thenComparing(CoordinatorAddress::host)
                    .thenComparingInt(CoordinatorAddress::port))
            .toList());
  }
}
