package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Keeps a number of executions in flight: each that ends starts the next. */
final class ClosedLoop {
  private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(5);
  private static final long LIVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Is told twice a second how fast it goes. */
  interface Live {
    void show(Workload workload, int inFlight, String what, double perSecond);
  }

  private final StartStream stream;
  private final Workload workload;
  private final int inFlight;
  private final ByteString input;
  private final LongAdder ended = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final Semaphore free;
  private volatile Histogram latencies = histogram();
  private volatile boolean stopping;

  ClosedLoop(StartStream stream, Workload workload, int inFlight, ByteString input) {
    this.stream = stream;
    this.workload = workload;
    this.inFlight = inFlight;
    this.input = input;
    this.free = new Semaphore(0);
  }

  private static Histogram histogram() {
    return new ConcurrentHistogram(HIGHEST_MICROS, 3);
  }

  /** Lets it run for a while and measures nothing. */
  void warmUp(Duration time, Live live) throws InterruptedException {
    begin();
    pass(time, "warming up", live);
    drain();
  }

  /** Warms up, measures, and waits for what is in flight. */
  Sample run(BenchOptions options, Live live) throws InterruptedException {
    begin();
    pass(options.warmUp(), "warming up", live);
    latencies = histogram();
    errors.reset();
    List<Double> perSecond = new ArrayList<>();
    long cpuBefore = processorNanos();
    long before = ended.sum();
    for (int i = 0; i < options.windows(); i++) {
      long countBefore = ended.sum();
      long startNanos = System.nanoTime();
      pass(options.window(), "window " + (i + 1) + " of " + options.windows(), live);
      perSecond.add((ended.sum() - countBefore) * 1e9 / (System.nanoTime() - startNanos));
    }
    long count = ended.sum() - before;
    double cpuMicros = count == 0 ? 0 : (processorNanos() - cpuBefore) / 1e3 / count;
    Histogram measured = latencies;
    boolean drained = drain();
    return new Sample(
        workload,
        inFlight,
        perSecond,
        Latency.of(measured),
        cpuMicros,
        errors.sum(),
        drained ? "" : "not all ended");
  }

  private void begin() {
    for (int i = 0; i < inFlight; i++) {
      startNext();
    }
  }

  private boolean drain() throws InterruptedException {
    stopping = true;
    return free.tryAcquire(inFlight, 60, TimeUnit.SECONDS);
  }

  private void pass(Duration time, String what, Live live) throws InterruptedException {
    long endNanos = System.nanoTime() + time.toNanos();
    long leftNanos = time.toNanos();
    while (leftNanos > 0) {
      long before = ended.sum();
      long sleptFrom = System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.min(leftNanos, LIVE_NANOS));
      long now = System.nanoTime();
      live.show(
          workload, inFlight, what, (ended.sum() - before) * 1e9 / Math.max(now - sleptFrom, 1));
      leftNanos = endNanos - now;
    }
  }

  private void startNext() {
    if (stopping) {
      free.release();
      return;
    }
    long startNanos = System.nanoTime();
    stream.start(
        workload,
        input,
        true,
        false,
        new StartStream.Listener() {
          @Override
          public void ended(String status) {
            latencies.recordValue(
                Math.min((System.nanoTime() - startNanos) / 1_000, HIGHEST_MICROS));
            ended.increment();
            if (!status.equals("completed")) {
              errors.increment();
            }
            startNext();
          }

          @Override
          public void failed(String reason) {
            errors.increment();
            free.release();
          }
        });
  }

  static long processorNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
