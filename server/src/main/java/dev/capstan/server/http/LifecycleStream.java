package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.RecordWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Life-cycle events as server-sent events, from now on. A client that takes too little loses the
 * stream, and what it missed: {@code problem} says so, where it reads that far.
 *
 * <p>Runs on the request's virtual thread.
 */
final class LifecycleStream implements Answer.EventSource {
  /** How often a stream without events looks whether the server stops. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final Gateway gateway;
  private final Principal principal;
  private final Gateway.LifecycleFilter filter;
  private final Duration heartbeat;
  private final OpenStreams streams;
  private final AtomicBoolean stopped = new AtomicBoolean();

  LifecycleStream(
      Gateway gateway,
      Principal principal,
      Gateway.LifecycleFilter filter,
      Duration heartbeat,
      OpenStreams streams) {
    this.gateway = gateway;
    this.principal = principal;
    this.filter = filter;
    this.heartbeat = heartbeat;
    this.streams = streams;
  }

  @Override
  public void writeTo(EventWriter writer) throws IOException, InterruptedException {
    try (OpenStreams.Registration _ = streams.add(() -> stopped.set(true));
        Gateway.LifecycleStream events = gateway.lifecycle(principal, filter)) {
      writer.comment("nothing is missed from here on");
      follow(events, writer);
    } catch (Refusal e) {
      writer.event("problem", RecordWriter.write(Problem.of(e, "", "")));
      writer.flush();
    }
  }

  private void follow(Gateway.LifecycleStream events, EventWriter writer)
      throws IOException, InterruptedException {
    long spoken = System.nanoTime();
    while (!stopped.get()) {
      List<JsonNode> next =
          events.next(LOOK_EVERY.compareTo(heartbeat) < 0 ? LOOK_EVERY : heartbeat);
      for (JsonNode event : next) {
        writer.event("lifecycle", event);
      }
      if (!next.isEmpty()) {
        writer.flush();
        spoken = System.nanoTime();
      } else if (System.nanoTime() - spoken >= heartbeat.toNanos()) {
        writer.comment("still here");
        spoken = System.nanoTime();
      }
    }
  }
}
