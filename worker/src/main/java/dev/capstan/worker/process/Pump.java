package dev.capstan.worker.process;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one stream of a program as fast as the program writes, so that it never blocks on us. On a
 * platform thread: reading a pipe would block a carrier of virtual threads.
 */
final class Pump implements Runnable {

  /** Takes what was read. */
  interface Sink {
    void take(byte[] bytes, int length);

    /** Nothing more will come. */
    default void end() {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(Pump.class);

  private static final int BUFFER_BYTES = 16 * 1024;

  private final InputStream in;
  private final Sink sink;
  private final Thread thread;

  private Pump(InputStream in, Sink sink, String name) {
    this.in = in;
    this.sink = sink;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this);
  }

  static Pump start(InputStream in, Sink sink, String name) {
    Pump pump = new Pump(in, sink, name);
    pump.thread.start();
    return pump;
  }

  @Override
  public void run() {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        sink.take(buffer, length);
      }
    } catch (IOException closed) {
      LOG.debug("A program's output was closed: {}", closed.getMessage());
    } finally {
      sink.end();
    }
  }

  /** Waits for the end of the stream; a process that escaped may hold it open for ever. */
  void await(Duration longest) throws InterruptedException {
    boolean _ = thread.join(longest);
  }
}
