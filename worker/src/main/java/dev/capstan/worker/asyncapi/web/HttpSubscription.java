package dev.capstan.worker.asyncapi.web;

import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.rpc.EventStream;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages of one answer that does not end. One waits here, more in the connection. */
final class HttpSubscription implements Subscription {

  /** The next message of the answer, null at its end. */
  private interface Reading {
    byte @Nullable [] next() throws IOException;
  }

  private final HttpPeer.Reply reply;
  private final Arrivals arrivals = new Arrivals(1);

  private HttpSubscription(HttpPeer.Reply reply) {
    this.reply = reply;
  }

  static HttpSubscription of(HttpPeer.Reply reply, int messageBytes) throws IOException {
    HttpSubscription subscription = new HttpSubscription(reply);
    InputStream body = reply.body();
    boolean events = reply.contentType().equals("text/event-stream");
    Reading reading;
    if (events) {
      EventStream stream = new EventStream(body, messageBytes);
      reading = stream::next;
    } else {
      InputStream buffered = new BufferedInputStream(body);
      reading = () -> line(buffered, messageBytes);
    }
    // Data of events and lines has no type of its own.
    var _ =
        Thread.ofVirtual().name("capstan-http-messages").start(() -> subscription.read(reading));
    return subscription;
  }

  private void read(Reading reading) {
    try {
      for (byte[] next = reading.next(); next != null; next = reading.next()) {
        if (!arrivals.await(new WireMessage(next, Map.of(), null, null))) {
          return;
        }
      }
      arrivals.end(new IOException("the server has ended the answer"));
    } catch (IOException e) {
      arrivals.end(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next line that is not blank, which servers send to say that they are there. */
  private static byte @Nullable [] line(InputStream in, int limit) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next == '\n') {
        if (!isBlank(line.toByteArray())) {
          return line.toByteArray();
        }
        line.reset();
      } else if (line.size() >= limit) {
        throw new IOException("a message has more than the limit of " + limit + " bytes");
      } else {
        line.write(next);
      }
    }
    return isBlank(line.toByteArray()) ? null : line.toByteArray();
  }

  private static boolean isBlank(byte[] line) {
    for (byte each : line) {
      if (!Character.isWhitespace(each)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    return arrivals.next(limit);
  }

  /** Servers are not told. */
  @Override
  public void acknowledge() {}

  @Override
  public void close() {
    arrivals.close();
    reply.close();
  }
}
