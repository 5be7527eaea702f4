package dev.capstan.worker;

import dev.capstan.api.v1.Capabilities;
import io.grpc.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The sessions of a worker: one for each partition of its cluster, since each has a leader and a
 * lease of its own. There is one until a coordinator says that there are more. They share the
 * node's slots, and each tells its leader how many of them the others have taken. Any thread.
 */
final class Sessions {
  /** What changes within this time is told together. */
  private static final long GATHERED_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Node node;
  private final List<Session> sessions = new CopyOnWriteArrayList<>();
  private final List<Channel> channels = new ArrayList<>();
  private final AtomicBoolean telling = new AtomicBoolean();

  /** Guarded by this, as are the channels. */
  private String leaving = "";

  Sessions(Node node) {
    this.node = node;
    sessions.add(new Session(node, 0, this::partitions));
    node.slots().onChange(this::slotsTaken);
  }

  /** The session with the first partition. */
  Session first() {
    return sessions.getFirst();
  }

  synchronized void attach(Channel channel) {
    channels.add(channel);
    sessions.forEach(session -> session.attach(channel));
  }

  synchronized void detach(Channel channel) {
    channels.remove(channel);
    sessions.forEach(session -> session.detach(channel));
  }

  /** A coordinator has said how many partitions there are. That number never shrinks. */
  private void partitions(int count) {
    if (count <= sessions.size()) {
      return;
    }
    synchronized (this) {
      while (sessions.size() < count) {
        Session another = new Session(node, sessions.size(), this::partitions);
        sessions.add(another);
        if (!leaving.isEmpty()) {
          another.leave(leaving);
        }
        channels.forEach(another::attach);
      }
    }
  }

  private void slotsTaken() {
    if (sessions.size() > 1 && telling.compareAndSet(false, true)) {
      node.schedule(
          () -> {
            telling.set(false);
            sessions.forEach(session -> session.announcements().tellElsewhere());
          },
          GATHERED_NANOS);
    }
  }

  void slotsChanged() {
    sessions.forEach(session -> session.announcements().slotsChanged());
  }

  void capabilitiesChanged(Capabilities capabilities) {
    sessions.forEach(session -> session.announcements().capabilitiesChanged(capabilities));
  }

  /** The ways to all coordinators, those of the first partition first. */
  List<Connection> connections() {
    return sessions.stream().flatMap(session -> session.connections().stream()).toList();
  }

  synchronized void leave(String why) {
    leaving = why;
    sessions.forEach(session -> session.leave(why));
  }

  /** As {@link Session#awaitReported} of each. */
  boolean awaitReported(long endNanos) throws InterruptedException {
    boolean all = true;
    for (Session session : sessions) {
      all &= session.awaitReported(endNanos);
    }
    return all;
  }

  /** As {@link Session#awaitEnded} of each. */
  boolean awaitEnded(long endNanos) throws InterruptedException {
    boolean all = true;
    for (Session session : sessions) {
      all &= session.awaitEnded(endNanos);
    }
    return all;
  }

  /** As {@link Session#awaitOnce} of each. */
  boolean awaitOnce(long endNanos) throws InterruptedException {
    boolean all = true;
    for (Session session : sessions) {
      all &= session.awaitOnce(endNanos);
    }
    return all;
  }

  void handBackWhatMayRunAgain() {
    sessions.forEach(Session::handBackWhatMayRunAgain);
  }

  void handBack() {
    sessions.forEach(Session::handBack);
  }

  void close(long endNanos) throws InterruptedException {
    for (Session session : sessions) {
      session.close(endNanos);
    }
  }
}
