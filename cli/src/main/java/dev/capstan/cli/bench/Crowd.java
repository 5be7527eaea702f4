package dev.capstan.cli.bench;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * A hundred thousand executions that wait for an event that never comes: what they cost, and
 * whether new work suffers.
 */
final class Crowd {
  private static final int AT_A_TIME = 512;
  private static final int NEW_WORK = 200;

  private Crowd() {}

  static Sample run(StartStream stream, ByteString input, int count) throws InterruptedException {
    LongAdder errors = new LongAdder();
    long memoryBefore = usedMemory();
    long beforeCpu = ClosedLoop.processorNanos();
    long startNanos = System.nanoTime();
    Semaphore places = new Semaphore(AT_A_TIME);
    for (int i = 0; i < count; i++) {
      places.acquire();
      stream.start(Workload.W6, input, false, true, new Acknowledged(places, errors));
    }
    places.acquire(AT_A_TIME);
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    double cpuMicros = (ClosedLoop.processorNanos() - beforeCpu) / 1e3 / count;
    long memory = usedMemory() - memoryBefore;
    Histogram micros = new Histogram(60_000_000L, 3);
    for (int i = 0; i < NEW_WORK; i++) {
      CountDownLatch done = new CountDownLatch(1);
      long oneNanos = System.nanoTime();
      stream.start(
          Workload.W1,
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
      if (!done.await(30, TimeUnit.SECONDS)) {
        errors.increment();
      }
      micros.recordValue((System.nanoTime() - oneNanos) / 1_000);
    }
    String note =
        String.format(
            Locale.ROOT,
            "%,d accepted at %,.0f/s, %,d MB of heap more; latency is that of %d W1 beside them",
            count,
            count / seconds,
            memory >> 20,
            NEW_WORK);
    return new Sample(
        Workload.W6,
        0,
        List.of(count / seconds),
        Latency.of(micros),
        cpuMicros,
        errors.sum(),
        note);
  }

  private static long usedMemory() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private record Acknowledged(Semaphore places, LongAdder errors) implements StartStream.Listener {
    @Override
    public void accepted() {
      places.release();
    }

    @Override
    public void ended(String status) {}

    @Override
    public void failed(String reason) {
      errors.increment();
      places.release();
    }
  }
}
