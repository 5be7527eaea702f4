package dev.capstan.server.work;

import dev.capstan.api.v1.Cancelled;
import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Leave;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.nodes.WorkerSessionService;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A worker that speaks HTTP, as its session sees it: it has as many slots as it holds tasks and
 * asks for more. Messages come from the session on any thread; what is said goes out one after the
 * other and never under the lock, since the session may answer at once.
 */
final class HostedWorker {
  /** Between two requests for work a worker is still there for so long. */
  private static final Duration LINGERS = Duration.ofSeconds(60);

  private static final int MOST_TAKERS = 100;

  private enum Phase {
    CLOSED,
    JOINING,
    OPEN
  }

  /** Something to say; null ends the stream. */
  private record Outgoing(StreamObserver<WorkerMessage> session, @Nullable WorkerMessage message) {}

  private final String id;
  private final WorkerSessionService sessions;
  private final LongSupplier clock;
  private final int mostHeld;
  private final Map<Token, HeldWork> held = new LinkedHashMap<>();
  private final List<Taker> takers = new ArrayList<>();
  private final Queue<Outgoing> outgoing = new ConcurrentLinkedQueue<>();
  private final AtomicInteger turns = new AtomicInteger();
  private Set<String> kinds;
  private long epoch;
  private Phase phase = Phase.CLOSED;
  private @Nullable HostedStream stream;
  private @Nullable StreamObserver<WorkerMessage> session;
  private long calledNanos;
  private @Nullable SlotsChanged told;

  /**
   * @param mostHeld how many tasks it may have at a time
   */
  HostedWorker(
      String id,
      Set<String> kinds,
      int mostHeld,
      WorkerSessionService sessions,
      LongSupplier clock) {
    this.id = id;
    this.kinds = kinds;
    this.mostHeld = mostHeld;
    this.sessions = sessions;
    this.clock = clock;
    this.calledNanos = clock.getAsLong();
  }

  String id() {
    return id;
  }

  /** Goes on with what it had under the former leader; each lease begins anew. */
  void resume(long under, Collection<Token> holding, Duration lease) {
    synchronized (this) {
      epoch = under;
      long now = clock.getAsLong();
      holding.forEach(token -> held.put(token, new HeldWork(lease.toNanos(), now)));
    }
    open();
  }

  /**
   * Asks for work.
   *
   * @throws Refusal if it asks for too much
   */
  CompletableFuture<List<Dispatch>> take(
      Set<String> functions, int max, Duration lease, Duration wait) {
    Taker taker = new Taker(functions, max, lease.toNanos(), new CompletableFuture<>());
    synchronized (this) {
      if (takers.size() >= MOST_TAKERS || held.size() + wanted() + max > mostHeld) {
        throw new Refusal(
            Refusal.Code.BUSY,
            "the worker "
                + id
                + " has "
                + held.size()
                + " tasks and asks for "
                + wanted()
                + " more",
            "end some before you ask again",
            Duration.ofSeconds(1),
            List.of());
      }
      calledNanos = clock.getAsLong();
      takers.add(taker);
      if (!kinds.equals(functions)) {
        kinds = functions;
        say(
            WorkerMessage.newBuilder()
                .setCapabilities(Capabilities.newBuilder().addAllKinds(kinds)));
      }
      tellSlots();
    }
    flush();
    open();
    CompletableFuture<?> _ = taker.taken().whenComplete((_, _) -> ended(taker));
    return taker.taken().completeOnTimeout(List.of(), wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void ended(Taker taker) {
    synchronized (this) {
      takers.remove(taker);
      calledNanos = clock.getAsLong();
      tellSlots();
    }
    flush();
  }

  /** Under the lock. */
  private int wanted() {
    return takers.stream().mapToInt(Taker::max).sum();
  }

  /** Whether it has an attempt; its lease begins anew then. */
  synchronized boolean renew(Token token) {
    HeldWork work = held.get(token);
    if (work == null) {
      return false;
    }
    calledNanos = clock.getAsLong();
    work.renew(calledNanos);
    return true;
  }

  void progress(Token token, double fraction, String message) {
    synchronized (this) {
      say(
          WorkerMessage.newBuilder()
              .setProgress(
                  Progress.newBuilder().setToken(token).setFraction(fraction).setMessage(message)));
    }
    flush();
  }

  /** Its result begins to be, or could not be made, durable. */
  synchronized void reporting(Token token, boolean begins) {
    HeldWork work = held.get(token);
    if (work != null) {
      work.reporting = begins;
      work.renew(clock.getAsLong());
    }
  }

  /** It has this attempt no more, and somebody else says what became of it. */
  void forget(Token token) {
    synchronized (this) {
      held.remove(token);
      tellSlots();
    }
    flush();
  }

  /** Begins a session, unless there is one. */
  private void open() {
    HostedStream opened;
    synchronized (this) {
      if (phase != Phase.CLOSED) {
        return;
      }
      phase = Phase.JOINING;
      opened = new HostedStream(this);
      stream = opened;
    }
    StreamObserver<WorkerMessage> observer = sessions.host(opened, id);
    synchronized (this) {
      if (stream != opened) {
        return;
      }
      session = observer;
      say(
          WorkerMessage.newBuilder()
              .setHello(
                  Hello.newBuilder()
                      .setNodeId(id)
                      .setName(id)
                      .setSlots(Math.max(1, slots()))
                      .addAllKinds(kinds)
                      .setEpoch(epoch)
                      .addAllHolding(held.keySet())));
    }
    flush();
  }

  /** A message of the coordinator, which is in this process. */
  void received(HostedStream from, CoordinatorMessage message) {
    synchronized (this) {
      if (from != stream) {
        return;
      }
    }
    switch (message.getKindCase()) {
      case WELCOME -> welcomed(message.getWelcome());
      case DISPATCHES -> dispatched(message.getDispatches().getDispatchesList());
      case CANCELS -> cancelled(message.getCancels().getTokensList());
      case GOODBYE -> goodbye(from, message.getGoodbye());
      case STANDBY, LEADS -> follow();
      case KEEP_ALIVE -> answer(message.getKeepAlive());
      case CONFIRMATIONS, KIND_NOT_SET -> {}
    }
    flush();
  }

  private synchronized void welcomed(Welcome welcome) {
    phase = Phase.OPEN;
    epoch = welcome.getEpoch();
    welcome.getReleasedList().forEach(held::remove);
    // A hello can't say that it takes nothing.
    told = null;
    tellSlots();
  }

  private synchronized void answer(KeepAlive asked) {
    if (asked.getProbe() != 0) {
      say(WorkerMessage.newBuilder().setKeepAlive(asked));
    }
  }

  private void dispatched(List<Dispatch> dispatches) {
    Map<Taker, List<Dispatch>> given = new LinkedHashMap<>();
    synchronized (this) {
      for (Dispatch dispatch : dispatches) {
        Taker taker =
            takers.stream()
                .filter(each -> each.kinds().contains(dispatch.getKind()))
                .filter(each -> given.getOrDefault(each, List.of()).size() < each.max())
                .findFirst()
                .orElse(null);
        if (taker == null) {
          refuse(dispatch.getToken());
        } else {
          given.computeIfAbsent(taker, _ -> new ArrayList<>()).add(dispatch);
          held.put(dispatch.getToken(), new HeldWork(taker.leaseNanos(), clock.getAsLong()));
        }
      }
    }
    given.forEach((taker, all) -> {
      if (!taker.taken().complete(List.copyOf(all))) {
        // Its time was over in the same moment.
        synchronized (this) {
          all.forEach(each -> refuse(each.getToken()));
        }
      }
    });
  }

  /** Under the lock. */
  private void refuse(Token token) {
    held.remove(token);
    tellSlots();
    report(token, false, "no process of it asks for work now");
  }

  /** Under the lock. */
  private void report(Token token, boolean begun, String reason) {
    say(
        WorkerMessage.newBuilder()
            .setReports(
                Reports.newBuilder()
                    .addReports(
                        Report.newBuilder()
                            .setToken(token)
                            .setRefusal(
                                dev.capstan.api.v1.Refusal.newBuilder()
                                    .setReason(reason)
                                    .setBegun(begun)))));
  }

  private synchronized void cancelled(List<Token> tokens) {
    Reports.Builder reports = Reports.newBuilder();
    for (Token token : tokens) {
      if (held.remove(token) != null) {
        reports.addReports(
            Report.newBuilder().setToken(token).setCancelled(Cancelled.getDefaultInstance()));
      }
    }
    tellSlots();
    say(WorkerMessage.newBuilder().setReports(reports));
  }

  private void goodbye(HostedStream from, Goodbye goodbye) {
    if (!goodbye.getRetry()) {
      synchronized (this) {
        held.clear();
      }
      failTakers(new Refusal(Refusal.Code.WRONG_STATE, goodbye.getReason(), "ask again"));
    }
    closed(from);
  }

  /** The session has ended; with the next tick another one begins, if there is something to do. */
  void closed(HostedStream gone) {
    synchronized (this) {
      if (gone == stream) {
        phase = Phase.CLOSED;
        stream = null;
        session = null;
      }
    }
  }

  /** This coordinator does not lead: whoever does has a session for the worker. */
  void follow() {
    synchronized (this) {
      held.clear();
      phase = Phase.CLOSED;
      stream = null;
      StreamObserver<WorkerMessage> last = session;
      session = null;
      if (last != null) {
        outgoing.add(new Outgoing(last, null));
      }
    }
    flush();
    failTakers(Refusal.notLed("This coordinator leads no more"));
  }

  private void failTakers(Refusal reason) {
    List<Taker> all;
    synchronized (this) {
      all = List.copyOf(takers);
    }
    all.forEach(taker -> taker.taken().completeExceptionally(reason));
  }

  /**
   * Takes away what nothing was heard of, and says that it is there.
   *
   * @return false if it is there no more: nothing was heard of it, and it has nothing
   */
  boolean tick(long now) {
    boolean reopens;
    synchronized (this) {
      for (Map.Entry<Token, HeldWork> each : List.copyOf(held.entrySet())) {
        if (each.getValue().isOver(now)) {
          held.remove(each.getKey());
          tellSlots();
          long seconds = TimeUnit.NANOSECONDS.toSeconds(each.getValue().leaseNanos);
          report(each.getKey(), true, "nothing was heard of it for its lease of " + seconds + " s");
        }
      }
      boolean idle = held.isEmpty() && takers.isEmpty();
      if (idle && now - calledNanos > LINGERS.toNanos()) {
        leave();
        flushSoon();
        return false;
      }
      say(WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()));
      reopens = phase == Phase.CLOSED && !idle;
    }
    flush();
    if (reopens) {
      open();
    }
    return true;
  }

  /** Under the lock. */
  private void leave() {
    StreamObserver<WorkerMessage> last = session;
    if (last != null) {
      say(WorkerMessage.newBuilder().setLeave(Leave.newBuilder().setReason("it asks for no work")));
      outgoing.add(new Outgoing(last, null));
    }
    phase = Phase.CLOSED;
    stream = null;
    session = null;
  }

  private void flushSoon() {
    Thread.ofVirtual().name("capstan-work-leaves").start(this::flush);
  }

  /** Under the lock: as many slots as it has tasks and asks for. */
  private int slots() {
    return held.size() + wanted();
  }

  /** Under the lock. */
  private void tellSlots() {
    SlotsChanged now = SlotsChanged.newBuilder().setSlots(slots()).build();
    if (phase == Phase.OPEN && !now.equals(told)) {
      told = now;
      say(WorkerMessage.newBuilder().setSlots(now));
    }
  }

  /** Under the lock; {@link #flush} must follow without it. */
  private void say(WorkerMessage.Builder message) {
    StreamObserver<WorkerMessage> to = session;
    if (to != null) {
      outgoing.add(new Outgoing(to, message.build()));
    }
  }

  /** Kinds of functions by their names. */
  static Set<String> kinds(Collection<String> functions) {
    Set<String> kinds = new TreeSet<>();
    functions.forEach(function -> kinds.add(HostedWorkers.KIND + function));
    return kinds;
  }

  private void flush() {
    if (turns.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
        if (next.message() == null) {
          next.session().onCompleted();
        } else {
          next.session().onNext(next.message());
        }
      }
      seen = turns.addAndGet(-seen);
    } while (seen != 0);
  }
}
