package dev.capstan.worker.container;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of a running container: its standard input is written and its output read, each by a
 * thread of its own, since a program may read at once or never.
 */
final class Streams implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

  private final Exchange exchange;
  private final Thread reader;

  private Streams(Exchange exchange, Thread reader) {
    this.exchange = exchange;
    this.reader = reader;
  }

  /** Begins with both. */
  static Streams of(Exchange exchange, String stdin, Frames.Sink sink) {
    if (!stdin.isEmpty()) {
      Thread.ofVirtual().name("capstan-container-stdin").start(() -> write(exchange, stdin));
    }
    Thread reader =
        Thread.ofVirtual().name("capstan-container-output").start(() -> read(exchange, sink));
    return new Streams(exchange, reader);
  }

  private static void write(Exchange exchange, String stdin) {
    try {
      OutputStream out = exchange.output();
      out.write(stdin.getBytes(StandardCharsets.UTF_8));
      exchange.endOutput();
    } catch (IOException notRead) {
      LOG.debug("A container did not read its input: {}", notRead.getMessage());
    }
  }

  private static void read(Exchange exchange, Frames.Sink sink) {
    try {
      Frames.read(exchange.body(), sink);
    } catch (IOException closed) {
      LOG.debug("A container's output was closed: {}", closed.getMessage());
    }
  }

  /** Waits for the end of the output. */
  void await(Duration longest) throws InterruptedException {
    boolean _ = reader.join(longest);
  }

  @Override
  public void close() throws IOException {
    exchange.close();
  }
}
