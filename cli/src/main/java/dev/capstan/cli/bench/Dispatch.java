package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
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

  /** A stream that goes on refusing is broken. */
  private static final int MOST_ERRORS = 10;

  private Dispatch() {}

  /**
   * What came of it.
   *
   * @param millis of each call that reached the handler
   * @param errors calls that did not, or whose execution did not complete; they are no reason to
   *     stop before there are ten
   */
  record Calls(List<Double> millis, long errors) {}

  static Sample run(StartStream stream, Probe probe, ByteString input, BenchOptions options)
      throws InterruptedException {
    Calls _ = measure(stream, probe, input, options.warmUp());
    long beforeCpu = ClosedLoop.processorNanos();
    Calls calls = measured(stream, probe, input, options);
    double cpuMicros =
        (ClosedLoop.processorNanos() - beforeCpu) / 1e3 / Math.max(calls.millis().size(), 1);
    Histogram micros = new Histogram(60_000_000L, 3);
    calls.millis().forEach(each -> micros.recordValue((long) (each * 1e3)));
    return new Sample(Workload.W5, 1, List.of(), Latency.of(micros), cpuMicros, calls.errors(), "");
  }

  /** Warms up and measures. */
  static Calls calls(StartStream stream, Probe probe, ByteString input, BenchOptions options)
      throws InterruptedException {
    Calls _ = measure(stream, probe, input, options.warmUp());
    return measured(stream, probe, input, options);
  }

  private static Calls measured(
      StartStream stream, Probe probe, ByteString input, BenchOptions options)
      throws InterruptedException {
    return measure(stream, probe, input, options.window().multipliedBy(options.windows()));
  }

  private static Calls measure(StartStream stream, Probe probe, ByteString input, Duration time)
      throws InterruptedException {
    List<Double> millis = new ArrayList<>();
    LongAdder errors = new LongAdder();
    long endNanos = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < endNanos && errors.sum() < MOST_ERRORS) {
      CountDownLatch done = new CountDownLatch(1);
      probe.forget();
      long startNanos = System.nanoTime();
      stream.start(
          Workload.W5,
          input,
          true,
          false,
          new StartStream.Listener() {
            @Override
            public void ended(String status) {
              if (!status.equals("completed")) {
                errors.increment();
              }
              done.countDown();
            }

            @Override
            public void failed(String reason) {
              errors.increment();
              done.countDown();
            }
          });
      if (!done.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
        errors.increment();
        continue;
      }
      Long enteredNanos = probe.entry();
      if (enteredNanos != null) {
        millis.add((enteredNanos - startNanos) / 1e6);
      }
    }
    return new Calls(millis, errors.sum());
  }
}
