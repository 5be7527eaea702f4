package dev.capstan.worker;

import dev.capstan.api.v1.Confirmation;
import dev.capstan.api.v1.Delivery;
import dev.capstan.worker.executor.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages of subscriptions that the leader has not confirmed: one each attempt at most. They
 * outlive the stream that they were sent over. Any thread.
 */
final class Deliveries {

  private static final class Pending {

    final Delivery delivery;
    final Runnable confirmed;
    boolean sent;

    Pending(Delivery delivery, Runnable confirmed) {
      this.delivery = delivery;
      this.confirmed = confirmed;
    }
  }

  private final Map<Token, Pending> pending = new LinkedHashMap<>();

  /**
   * Takes the next message of an attempt, in place of the one before.
   *
   * @param confirmed runs when it is safe or not wanted
   */
  synchronized void add(Token token, Delivery delivery, Runnable confirmed) {
    pending.put(token, new Pending(delivery, confirmed));
  }

  /** Sends the message of an attempt once more. */
  synchronized void again(Token token) {
    Pending waiting = pending.get(token);
    if (waiting != null) {
      waiting.sent = false;
    }
  }

  /** Sends all of them once more: nobody knows which have arrived. */
  synchronized void again() {
    pending.values().forEach(waiting -> waiting.sent = false);
  }

  synchronized void remove(Token token) {
    pending.remove(token);
  }

  /** What the leader says. A message after the one that it confirms may come again. */
  void confirmed(Confirmation confirmation) {
    Token token = Wire.token(confirmation.getToken());
    Pending safe;
    synchronized (this) {
      Pending waiting = pending.get(token);
      if (waiting == null) {
        return;
      }
      if (waiting.delivery.getNumber() > confirmation.getNumber()) {
        waiting.sent = false;
        return;
      }
      pending.remove(token);
      safe = waiting;
    }
    safe.confirmed.run();
  }

  /** Those to send now; they count as sent. */
  synchronized List<Delivery> unsent() {
    List<Delivery> unsent = new ArrayList<>();
    for (Pending waiting : pending.values()) {
      if (!waiting.sent) {
        waiting.sent = true;
        unsent.add(waiting.delivery);
      }
    }
    return unsent;
  }
}
