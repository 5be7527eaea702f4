package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Many executions that wait for the same length: how late they wake, the call that started them
 * included.
 */
final class Timers {
  static final int WAIT_SECONDS = 5;
  private static final int COUNT = 10_000;

  private Timers() {}

  static Sample run(StartStream stream, ByteString input) throws InterruptedException {
    Histogram lateness = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(5), 3);
    CountDownLatch left = new CountDownLatch(COUNT);
    LongAdder errors = new LongAdder();
    long beforeCpu = ClosedLoop.processorNanos();
    for (int i = 0; i < COUNT; i++) {
      long startNanos = System.nanoTime();
      stream.start(
          Workload.W4,
          input,
          true,
          false,
          new StartStream.Listener() {
            @Override
            public void ended(String status) {
              long late = System.nanoTime() - startNanos - TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
              lateness.recordValue(Math.max(late / 1_000, 0));
              left.countDown();
            }

            @Override
            public void failed(String reason) {
              errors.increment();
              left.countDown();
            }
          });
      if (i % 100 == 99) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
    boolean all = left.await(2, TimeUnit.MINUTES);
    double cpuMicros = (ClosedLoop.processorNanos() - beforeCpu) / 1e3 / COUNT;
    return new Sample(
        Workload.W4,
        0,
        List.of(),
        Latency.of(lateness),
        cpuMicros,
        errors.sum(),
        all ? "lateness of 10,000 timers started at 5,000/s" : left.getCount() + " never ended");
  }
}
