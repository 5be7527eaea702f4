package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the life-cycle events of the partitions that are led here to one HTTP receiver, on a thread
 * and a connection of its own. A receiver that is slow, or gone, holds up this thread alone: what
 * it has not sent waits as a place in a history, for so many executions at most.
 *
 * <p>What the receiver does not take is sent again, later each time, until it does; what it refuses
 * for good is given up. One request at a time, so events of an execution arrive in their order.
 */
public final class LifecycleSink implements AutoCloseable, MetricsSource {
  /** For a coordinator without a sink: every metric is there from the start, and stays at zero. */
  public static final MetricsSource NONE = readings -> read(readings, 0, 0, 0, 0, 0);

  private static final Logger LOG = LoggerFactory.getLogger(LifecycleSink.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final int BATCH = 100;
  private static final int BATCH_BYTES = 1 << 20;

  private final SinkSettings settings;
  private final LifecycleHub hub;
  private final SinkIntake intake;
  private final LifecycleFollower follower;
  private final SinkClient client;
  private final Thread thread;
  private final JsonMapper mapper = new JsonMapper();
  private final LongAdder sent = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private boolean failing;
  private long droppedAsTold;

  /** A sink that does nothing until it is started, but takes note from now on. */
  public LifecycleSink(SinkSettings settings, LifecycleHub hub, Clock clock) {
    this.settings = settings;
    this.hub = hub;
    this.intake = new SinkIntake(settings.mostWaiting(), clock::nanos);
    this.follower =
        new LifecycleFollower(intake.tap(), _ -> true, hub.hide(), settings.statusChanges());
    this.client = new SinkClient(settings);
    this.thread = Thread.ofPlatform().daemon().name("capstan-lifecycle-sink").unstarted(this::run);
    hub.add(intake);
  }

  /** Begins to send. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        round();
      }
    } catch (Refusal closed) {
      LOG.debug("Everything was sent");
    } catch (InterruptedException e) {
      LOG.info("Stopping with life-cycle events that the sink has not taken");
    }
  }

  private void round() throws InterruptedException {
    intake.takeOver();
    tellOfDropped();
    List<LifecycleEvent> events;
    try {
      events = follower.next(LOOK_EVERY);
    } catch (Refusal closed) {
      throw closed;
    } catch (RuntimeException e) {
      LOG.error("A history could not be read; its life-cycle events are not sent", e);
      return;
    }
    for (Body body : bodies(events)) {
      deliver(body);
    }
  }

  /** What goes out in one request. */
  private record Body(String text, int events) {}

  private List<Body> bodies(List<LifecycleEvent> events) {
    List<Body> bodies = new ArrayList<>();
    StringBuilder batch = new StringBuilder();
    int count = 0;
    for (LifecycleEvent event : events) {
      String text = text(event.toJson());
      if (!settings.batched()) {
        bodies.add(new Body(text, 1));
        continue;
      }
      if (count == BATCH || (count > 0 && batch.length() + text.length() > BATCH_BYTES)) {
        bodies.add(new Body("[" + batch + "]", count));
        batch.setLength(0);
        count = 0;
      }
      batch.append(count++ == 0 ? "" : ",").append(text);
    }
    if (count > 0) {
      bodies.add(new Body("[" + batch + "]", count));
    }
    return bodies;
  }

  private String text(ObjectNode json) {
    try {
      return mapper.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  private void deliver(Body body) throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (true) {
      SinkClient.Outcome outcome = client.send(body.text());
      switch (outcome) {
        case SinkClient.Outcome.Taken() -> {
          sent.add(body.events());
          if (failing) {
            failing = false;
            LOG.info("The sink of life-cycle events takes them again");
          }
          return;
        }
        case SinkClient.Outcome.Refused(int status) -> {
          refused.add(body.events());
          LOG.warn(
              "The sink of life-cycle events refused {} with status {}; they are given up",
              body.events() == 1 ? "one" : body.events() + " of them",
              status);
          return;
        }
        case SinkClient.Outcome.NotNow(String why) -> {
          failures.increment();
          if (!failing) {
            failing = true;
            LOG.warn("The sink of life-cycle events takes none now, it is tried again: {}", why);
          }
        }
      }
      tellOfDropped();
      Thread.sleep(pause);
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
  }

  /** One line each time that there are more again, at most as often as something is sent. */
  private void tellOfDropped() {
    long dropped = intake.dropped();
    boolean first = droppedAsTold == 0 && dropped > 0;
    if (first || dropped >= 2 * Math.max(1, droppedAsTold)) {
      LOG.warn(
          "Life-cycle events are lost: what {} changes of executions had to tell found no room behind"
              + " {} that wait for the sink",
          dropped,
          settings.mostWaiting());
      droppedAsTold = dropped;
    }
  }

  private static void read(
      Readings readings, long sent, long refused, long failures, long waiting, long dropped) {
    readings.value(Metric.LIFECYCLE_EVENTS, sent, "sent");
    readings.value(Metric.LIFECYCLE_EVENTS, refused, "refused");
    readings.value(Metric.LIFECYCLE_FAILURES, failures);
    readings.value(Metric.LIFECYCLE_WAITING, waiting);
    readings.value(Metric.LIFECYCLE_DROPPED, dropped);
  }

  @Override
  public void read(Readings readings) {
    read(
        readings, sent.sum(), refused.sum(), failures.sum(), intake.tap().size(), intake.dropped());
  }

  /** Takes nothing more; what waits gets a little time. */
  @Override
  public void close() {
    hub.remove(intake);
    intake.tap().close(new Refusal(Refusal.Code.NOT_READY, "The coordinator stops"));
    try {
      if (thread.isAlive() && !thread.join(GRACE)) {
        thread.interrupt();
        boolean _ = thread.join(GRACE);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
