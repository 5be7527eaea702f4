package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.server.gateway.Refusal;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the errands of one stream to where they are decided: here, or to another coordinator that
 * leads, over one stream to each. While nobody leads they are held for a while. One of which nobody
 * knows whether it was carried out is sent again only if its id makes that harmless, and an
 * execution that was accepted is followed to its end wherever its partition is led by then.
 *
 * <p>Any thread. Fields are guarded by the object's lock, which is not held while others are
 * called.
 */
final class Relay implements Upstream.Listener, AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** While so many errands have not got away, no more are read from the client. */
  private static final int MOST_WAITING = 1024;

  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("capstan-relay").start(task);
  private static final Executor SOON =
      CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS, THREADS);

  private final Ways ways;
  private final Ways.@Nullable Lines lines;
  private final KeptBytes bytes;
  private final Door door;
  private final Metadata headers;
  private final Context context = Context.current();
  private final boolean forwarded = CallHeaders.wereForwarded();

  private final Queue<Held> held = new ArrayDeque<>();
  private final Map<String, Upstream> upstreams = new HashMap<>();
  private long keptBytes;
  private long looked = System.nanoTime();
  private boolean looking;
  private boolean closed;
  private volatile boolean used;

  /** Whoever has the errands. */
  interface Door extends Outcomes {
    /** Carries out an errand here. */
    void carryOut(Errand errand, Ways.Lead lead);

    /** Whether replies are taken. */
    boolean takes();

    /** More may be read by now. */
    void goOn();
  }

  private record Held(Errand errand, long since) {}

  /** For the stream that is opened in the current gRPC context. */
  Relay(Ways ways, KeptBytes bytes, Door door) {
    this.ways = ways;
    this.lines = forwarded ? null : ways.lines();
    this.bytes = bytes;
    this.door = door;
    this.headers = CallHeaders.onward(ways.self());
  }

  /** Takes what a client asks for. */
  void begin(RunRequest request) {
    Errand errand = Errand.of(request);
    Ways.Lead lead = ways.lead(ways.partitionOf(request));
    if (lead.isHere() || (lines == null && !forwarded)) {
      door.carryOut(errand, lead);
    } else if (lines == null) {
      // What it would be refused for here may be known better by the one who leads.
      refuse(errand, Refusal.notLed("This coordinator does not lead"));
    } else {
      place(errand);
    }
  }

  /** Whether more may be read from the client. */
  boolean hasRoom() {
    if (!used) {
      return true;
    }
    int waiting;
    List<Upstream> all;
    synchronized (this) {
      waiting = held.size();
      all = List.copyOf(upstreams.values());
    }
    for (Upstream each : all) {
      waiting += each.unwritten();
    }
    return waiting < MOST_WAITING;
  }

  /** The client takes replies again. */
  void read() {
    all().forEach(Upstream::read);
  }

  private synchronized List<Upstream> all() {
    return List.copyOf(upstreams.values());
  }

  private void place(Errand errand) {
    int partition = ways.partitionOf(errand.request());
    Ways.Lead lead = ways.lead(partition);
    if (lead.isHere()) {
      give(errand);
      door.carryOut(errand.holding(0), lead);
      return;
    }
    used = true;
    Errand kept = kept(errand);
    if (kept == null) {
      refused(errand, RunMessages.refused(errand.request(), full()));
    } else if (!lead.mayBeFound()) {
      giveUp(kept, "This coordinator is cut off from the majority of the coordinators");
    } else {
      String leader = ways.elsewhere(partition);
      Upstream upstream = leader == null ? null : upstream(leader);
      if (upstream != null && upstream.send(new Upstream.Placed(kept, partition))) {
        look();
      } else {
        hold(kept);
      }
    }
  }

  /** An errand with the bytes that it needs while it is away; null if there are no more. */
  private @Nullable Errand kept(Errand errand) {
    int needed = errand.known() == Errand.Known.STARTED ? 0 : errand.request().getSerializedSize();
    if (errand.bytes() > 0 || needed == 0) {
      return errand;
    }
    if (!bytes.take(needed)) {
      return null;
    }
    synchronized (this) {
      if (!closed) {
        keptBytes += needed;
        return errand.holding(needed);
      }
    }
    bytes.give(needed);
    return errand;
  }

  private void give(Errand errand) {
    synchronized (this) {
      if (closed) {
        return;
      }
      keptBytes -= errand.bytes();
    }
    bytes.give(errand.bytes());
  }

  private @Nullable Upstream upstream(String coordinator) {
    synchronized (this) {
      Upstream open = upstreams.get(coordinator);
      if (open != null || closed) {
        return open;
      }
    }
    Ways.Line line = lines == null ? null : lines.take(coordinator);
    if (line == null) {
      return null;
    }
    Upstream opening = new Upstream(coordinator, line, this);
    Upstream other;
    synchronized (this) {
      other = closed ? null : upstreams.putIfAbsent(coordinator, opening);
      if (closed || other != null) {
        opening.close();
        return other;
      }
    }
    context.run(() -> opening.open(headers));
    return opening;
  }

  private void hold(Errand errand) {
    synchronized (this) {
      if (closed) {
        return;
      }
      held.add(new Held(errand, System.nanoTime()));
    }
    look();
  }

  /** Sees to it that somebody looks soon. */
  private void look() {
    synchronized (this) {
      if (looking || closed) {
        return;
      }
      looking = true;
    }
    SOON.execute(this::lookNow);
  }

  private void lookNow() {
    List<Held> waiting;
    boolean look;
    long now = System.nanoTime();
    synchronized (this) {
      if (closed) {
        return;
      }
      waiting = List.copyOf(held);
      held.clear();
      look = now - looked >= LOOK_EVERY.toNanos();
      if (look) {
        looked = now;
      }
    }
    if (look) {
      lookAtLeaders();
    }
    waiting.forEach(each -> retry(each.errand(), now - each.since()));
    door.goOn();
    boolean more;
    synchronized (this) {
      looking = false;
      more = !held.isEmpty();
    }
    if (more || all().stream().anyMatch(each -> !each.isIdle())) {
      look();
    }
  }

  private void retry(Errand errand, long waited) {
    Errand patient = errand.withPatience(errand.patience() - waited);
    if (patient.patience() > 0) {
      place(patient);
    } else {
      giveUp(
          patient,
          "No coordinator that leads could be reached for " + Errand.PATIENCE.toSeconds() + " s");
    }
  }

  /** What was sent to one that leads no more is taken back. */
  private void lookAtLeaders() {
    List<@Nullable String> leaders = new ArrayList<>();
    for (int partition = 0; partition < ways.leads().size(); partition++) {
      leaders.add(ways.elsewhere(partition));
    }
    for (Upstream each : all()) {
      List<Errand> unheard = new ArrayList<>();
      List<Errand> unwritten = new ArrayList<>();
      each.takeBack(
          partition -> each.coordinator().equals(leaders.get(partition)), unheard, unwritten);
      if (!unheard.isEmpty() && each.closeIfIdle()) {
        forget(each);
      }
      unheard.forEach(this::unheard);
      unwritten.forEach(this::hold);
    }
  }

  private synchronized void forget(Upstream upstream) {
    upstreams.remove(upstream.coordinator(), upstream);
  }

  @Override
  public boolean takes() {
    return door.takes();
  }

  @Override
  public Upstream.Placed rest(Errand errand, String id) {
    return new Upstream.Placed(errand.started(id), ways.keys().ownerOf(id));
  }

  @Override
  public void accepted(Errand errand, String id) {
    give(errand);
    door.accepted(errand, id);
  }

  @Override
  public void answered(Errand errand, RunReply reply) {
    if (reply.hasRefused()) {
      refused(errand, reply);
    } else {
      give(errand);
      door.ended(reply);
    }
  }

  @Override
  public void broken(
      Upstream upstream, List<Errand> unheard, List<Errand> unwritten, Status status) {
    forget(upstream);
    unwritten.forEach(this::hold);
    if (status.getCode() == Status.Code.UNAUTHENTICATED) {
      Refusal refusal =
          new Refusal(Refusal.Code.UNAUTHENTICATED, String.valueOf(status.getDescription()));
      unheard.forEach(errand -> refused(errand, RunMessages.refused(errand.request(), refusal)));
    } else {
      unheard.forEach(this::unheard);
    }
  }

  private void unheard(Errand errand) {
    if (errand.isRepeatable()) {
      hold(errand.unheard());
    } else {
      refuse(errand, unknown("The connection to the leading coordinator broke"));
    }
  }

  /** An errand was refused, here or by another coordinator; it may be carried out elsewhere. */
  void refused(Errand errand, RunReply reply) {
    String code = reply.getRefused().getCode();
    boolean nothingDone = code.equals(Refusal.Code.NOT_READY.id());
    boolean unknown = code.equals(Refusal.Code.OUTCOME_UNKNOWN.id());
    if (lines != null && nothingDone) {
      hold(errand);
    } else if (lines != null && unknown && errand.isRepeatable()) {
      hold(errand.unheard());
    } else if (errand.known() == Errand.Known.DOUBTFUL) {
      refuse(errand, unknown("When it was sent again: " + reply.getRefused().getDetail()));
    } else {
      give(errand);
      door.refused(errand, reply);
    }
  }

  private void giveUp(Errand errand, String why) {
    refuse(
        errand,
        switch (errand.known()) {
          case UNDONE -> Refusal.notLed(why);
          case DOUBTFUL -> unknown(why);
          case STARTED ->
              new Refusal(
                  Refusal.Code.OUTCOME_UNKNOWN,
                  why + "; the execution was started, and its end is not known here.",
                  "Follow it by its id.",
                  null,
                  List.of());
        });
  }

  private static Refusal unknown(String why) {
    return new Refusal(
        Refusal.Code.OUTCOME_UNKNOWN,
        why + "; the start may or may not have been carried out.",
        "Look, or send it again: with the same id it is carried out once.",
        Duration.ofMillis(200),
        List.of());
  }

  private Refusal full() {
    return new Refusal(
        Refusal.Code.BUSY,
        "Starts of " + bytes.most() + " bytes wait for other coordinators",
        null,
        LOOK_EVERY,
        List.of());
  }

  private void refuse(Errand errand, Refusal refusal) {
    give(errand);
    door.refused(errand, RunMessages.refused(errand.request(), refusal));
  }

  /** Ends all streams to other coordinators. */
  @Override
  public void close() {
    List<Upstream> open;
    long rest;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = List.copyOf(upstreams.values());
      upstreams.clear();
      held.clear();
      rest = keptBytes;
      keptBytes = 0;
    }
    bytes.give(rest);
    open.forEach(Upstream::close);
  }
}
