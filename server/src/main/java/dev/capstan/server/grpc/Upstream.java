package dev.capstan.server.grpc;

import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A stream to another coordinator, which carries out errands of one client's stream. Its requests
 * have numbers of their own. No thread belongs to it; any thread may call it.
 *
 * <p>What the other coordinator does not take waits here, and what the client does not take is not
 * read from it. Fields are guarded by the object's lock, which is not held while others are called.
 */
final class Upstream implements ClientResponseObserver<RunRequest, RunReply> {
  /** So many replies may come that nobody has asked for one by one. */
  private static final int READ_AHEAD = 1024;

  private final String coordinator;
  private final Ways.Line line;
  private final Listener listener;
  private final Map<Long, Sent> sent = new HashMap<>();
  private final Queue<RunRequest> unwritten = new ArrayDeque<>();
  private @Nullable ClientCallStreamObserver<RunRequest> call;
  private long numbers;
  private int taken;
  private boolean writing;
  private boolean over;

  /** Hears of errands, in the order of what the other coordinator says. */
  interface Listener {
    /** What is left of a start that waits when it is durable; answers at once, asks nobody. */
    Placed rest(Errand errand, String id);

    /** A start is durable. */
    void accepted(Errand errand, String id);

    /** An errand was carried out, or refused; the reply has the client's correlation. */
    void answered(Errand errand, RunReply reply);

    /** The stream is over; nothing was heard of these. */
    void broken(Upstream upstream, List<Errand> unheard, List<Errand> unwritten, Status status);

    /** Whether the client takes replies. */
    boolean takes();
  }

  /** An errand and the partition that decides it. */
  record Placed(Errand errand, int partition) {}

  private static final class Sent {
    private Placed placed;
    private boolean written;
    private boolean suspect;

    private Sent(Placed placed) {
      this.placed = placed;
    }
  }

  /**
   * @param coordinator to which it goes
   */
  Upstream(String coordinator, Ways.Line line, Listener listener) {
    this.coordinator = coordinator;
    this.line = line;
    this.listener = listener;
  }

  /** To be called once; what was sent before goes now. */
  void open(Metadata headers) {
    ExecutionsGrpc.newStub(line.channel())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .run(this);
    ClientCallStreamObserver<RunRequest> given;
    synchronized (this) {
      given = over ? call : null;
    }
    if (given != null) {
      given.cancel("nobody waits for it any more", null);
    } else {
      write();
    }
  }

  String coordinator() {
    return coordinator;
  }

  /** Sends an errand; false if the stream is over. */
  boolean send(Placed placed) {
    synchronized (this) {
      if (over) {
        return false;
      }
      long number = ++numbers;
      RunRequest request = placed.errand().request();
      sent.put(number, new Sent(placed));
      // Whoever waits hears of the acceptance too: then it can be followed elsewhere.
      boolean acknowledge = request.getAcknowledge() || (request.getWait() && !request.getFollow());
      unwritten.add(request.toBuilder().setCorrelation(number).setAcknowledge(acknowledge).build());
    }
    write();
    return true;
  }

  synchronized int unwritten() {
    return unwritten.size();
  }

  synchronized boolean isIdle() {
    return sent.isEmpty();
  }

  /** Writes while the other coordinator takes; one thread at a time. */
  private void write() {
    ClientCallStreamObserver<RunRequest> stream;
    synchronized (this) {
      if (writing || over || call == null) {
        return;
      }
      stream = call;
      writing = true;
    }
    while (true) {
      RunRequest next;
      boolean cancel;
      synchronized (this) {
        cancel = over;
        next = !over && stream.isReady() ? unwritten.poll() : null;
        if (next == null) {
          writing = false;
        } else {
          Sent errand = sent.get(next.getCorrelation());
          if (errand == null) {
            continue;
          }
          errand.written = true;
        }
      }
      if (next == null) {
        if (cancel) {
          stream.cancel("nobody waits for it any more", null);
        }
        return;
      }
      stream.onNext(next);
    }
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
    stream.disableAutoRequestWithInitial(READ_AHEAD);
    stream.setOnReadyHandler(this::write);
    synchronized (this) {
      call = stream;
    }
  }

  @Override
  public void onNext(RunReply reply) {
    Errand errand = null;
    synchronized (this) {
      taken++;
      Sent found = sent.get(reply.getCorrelation());
      if (found != null) {
        errand = found.placed.errand();
        if (reply.hasAccepted() && errand.request().getWait()) {
          found.placed = listener.rest(errand, reply.getId());
        } else {
          sent.remove(reply.getCorrelation());
        }
      }
    }
    if (errand != null && reply.hasAccepted()) {
      listener.accepted(errand, reply.getId());
    } else if (errand != null) {
      listener.answered(
          errand, reply.toBuilder().setCorrelation(errand.request().getCorrelation()).build());
    }
    read();
  }

  /** Asks for as many replies as were taken, if the client takes them too. */
  void read() {
    int more = 0;
    ClientCallStreamObserver<RunRequest> stream;
    boolean takes = listener.takes();
    synchronized (this) {
      stream = call;
      if (takes && !over) {
        more = taken;
        taken = 0;
      }
    }
    if (more > 0 && stream != null) {
      stream.request(more);
    }
  }

  @Override
  public void onError(Throwable t) {
    end(Status.fromThrowable(t));
  }

  @Override
  public void onCompleted() {
    end(Status.UNAVAILABLE.withDescription("the other coordinator has ended the stream"));
  }

  private void end(Status status) {
    List<Errand> unheard = new ArrayList<>();
    List<Errand> kept = new ArrayList<>();
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      for (Sent errand : sent.values()) {
        (errand.written ? unheard : kept).add(errand.placed.errand());
      }
      sent.clear();
      unwritten.clear();
    }
    line.release();
    listener.broken(this, unheard, kept, status);
  }

  /**
   * Takes back what partitions decide that are led elsewhere, when they are for the second time in
   * a row: until then a leader that was tells by itself what it has done.
   *
   * @param ledThere whether the other coordinator leads a partition
   * @param unheard gets what was sent
   * @param kept gets what was not
   */
  synchronized void takeBack(
      IntPredicate ledThere, Collection<Errand> unheard, Collection<Errand> kept) {
    for (Iterator<Sent> all = sent.values().iterator(); all.hasNext(); ) {
      Sent errand = all.next();
      boolean suspected = errand.suspect;
      errand.suspect = !ledThere.test(errand.placed.partition());
      if (suspected && errand.suspect) {
        all.remove();
        (errand.written ? unheard : kept).add(errand.placed.errand());
      }
    }
  }

  /** Ends the stream unless something is under way on it; says whether it did. */
  boolean closeIfIdle() {
    return close(true);
  }

  /** Ends the stream; nothing is heard of it any more. */
  void close() {
    close(false);
  }

  private boolean close(boolean ifIdle) {
    ClientCallStreamObserver<RunRequest> stream;
    synchronized (this) {
      if (over || (ifIdle && !sent.isEmpty())) {
        return false;
      }
      over = true;
      sent.clear();
      unwritten.clear();
      stream = writing ? null : call;
    }
    if (stream != null) {
      stream.cancel("nobody waits for it any more", null);
    }
    line.release();
    return true;
  }
}
