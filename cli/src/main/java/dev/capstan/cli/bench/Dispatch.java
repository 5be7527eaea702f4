package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * From the call that starts an execution to the first line of its task's handler, one at a time.
 */
final class Dispatch {
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private Dispatch() {}

  static Sample run(StartStream stream, Probe probe, ByteString input, BenchOptions options)
      throws InterruptedException {
    Histogram micros = new Histogram(60_000_000L, 3);
    LongAdder errors = new LongAdder();
    measure(stream, probe, input, options.warmUp(), new Histogram(60_000_000L, 3), errors);
    long beforeCpu = ClosedLoop.processorNanos();
    errors.reset();
    measure(stream, probe, input, options.window().multipliedBy(options.windows()), micros, errors);
    double cpuMicros =
        (ClosedLoop.processorNanos() - beforeCpu) / 1e3 / Math.max(micros.getTotalCount(), 1);
    return new Sample(Workload.W5, 1, List.of(), Latency.of(micros), cpuMicros, errors.sum(), "");
  }

  private static void measure(
      StartStream stream,
      Probe probe,
      ByteString input,
      Duration time,
      Histogram micros,
      LongAdder errors)
      throws InterruptedException {
    long endNanos = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < endNanos && errors.sum() == 0) {
      CountDownLatch done = new CountDownLatch(1);
      long startNanos = System.nanoTime();
      stream.start(
          Workload.W5,
          input,
          true,
          false,
          new StartStream.Listener() {
            @Override
            public void ended(String status) {
              done.countDown();
            }

            @Override
            public void failed(String reason) {
              errors.increment();
              done.countDown();
            }
          });
      Long enteredNanos = probe.nextEntry(LONGEST);
      if (enteredNanos == null || !done.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
        errors.increment();
        return;
      }
      micros.recordValue((enteredNanos - startNanos) / 1_000);
    }
  }
}
