package dev.capstan.cli;

import dev.capstan.node.joining.JoinFailure;
import dev.capstan.server.boot.Coordinator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Has a coordinator that follows run, once after its start, what it will run as the leader. A
 * follower applies what was decided and decides nothing, so all of a leader's code is interpreted
 * for the first time right after the former leader has died, when every client comes at once. What
 * runs is a cluster of one coordinator and one worker in this process, with keys, files and sockets
 * of its own on loopback, which is gone a few seconds later. Ends early when this coordinator
 * begins to lead, and is made up for when it follows again, unless it has led for long enough to
 * have run all that. {@code CAPSTAN_WARM_UP=off} leaves it out.
 */
final class WarmUp {
  private static final String VARIABLE = "CAPSTAN_WARM_UP";
  private static final String FOLDER = "warm-up";
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration LONG_LED = Duration.ofSeconds(30);
  private static final Duration LONGEST_STOP = Duration.ofSeconds(2);
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** What threads of the small cluster inherit, so that their words are known as not meant. */
  private static final InheritableThreadLocal<WarmUp> WITHIN = new InheritableThreadLocal<>();

  private final Path folder;
  private final Coordinator coordinator;
  private final Thread thread = new Thread(this::run, "capstan-warm-up");
  private volatile boolean stopped;
  private volatile boolean over;

  private WarmUp(Path folder, Coordinator coordinator) {
    this.folder = folder;
    this.coordinator = coordinator;
  }

  /**
   * Begins in a thread of its own.
   *
   * @param data directory of the coordinator, in which a folder is made and removed
   */
  static WarmUp begin(Path data, Coordinator coordinator, Map<String, String> environment) {
    WarmUp warmUp = new WarmUp(data.resolve(FOLDER), coordinator);
    if (!"off".equals(environment.get(VARIABLE))) {
      warmUp.thread.setDaemon(true);
      warmUp.thread.start();
    }
    return warmUp;
  }

  private void run() {
    muteLogs();
    try {
      long led = 0;
      while (!stopped && led < LONG_LED.dividedBy(LOOK_EVERY)) {
        if (coordinator.followsInAll() && rehearsed()) {
          return;
        }
        led += coordinator.leadsAny() ? 1 : 0;
        Thread.sleep(LOOK_EVERY);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (IOException | JoinFailure | RuntimeException e) {
      if (!stopped) {
        LOG.info("The code of a leader was not warmed up: {}", e.toString());
      }
    }
  }

  /** False when this coordinator began to lead meanwhile, or is stopped. */
  private boolean rehearsed() throws IOException, InterruptedException, JoinFailure {
    long begun = System.nanoTime();
    rehearse();
    if (!goesOn()) {
      return false;
    }
    LOG.info("Warmed up for leading within {} ms", (System.nanoTime() - begun) / 1_000_000);
    return true;
  }

  private void rehearse() throws IOException, InterruptedException, JoinFailure {
    WITHIN.set(this);
    over = false;
    try {
      remove(folder);
      try (ClusterRehearsal rehearsal = new ClusterRehearsal(folder)) {
        rehearsal.runAlone(this::goesOn);
      }
    } finally {
      over = true;
      remove(folder);
    }
  }

  private boolean goesOn() {
    return !stopped && !coordinator.leadsAny();
  }

  /** Threads that others share may have begun here; what they say afterwards counts again. */
  private static boolean isMeant() {
    WarmUp within = WITHIN.get();
    return within == null || within.over;
  }

  private static void muteLogs() {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      Filter former = handler.getFilter();
      handler.setFilter(entry -> isMeant() && (former == null || former.isLoggable(entry)));
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Lets it end soon; returns at once. */
  void stop() {
    stopped = true;
    thread.interrupt();
  }

  /** Returns when nothing of it runs any more, or after a while. */
  void await() throws InterruptedException {
    thread.join(LONGEST_STOP.toMillis());
  }
}
