package dev.capstan.worker.executor;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One try of a task on this node, as its {@link Executor} sees it. All methods may be called by any
 * thread.
 */
public interface Attempt {

  /** The two streams of a program whose text is shown while it runs. */
  enum Stream {
    STDOUT,
    STDERR
  }

  /** Names this attempt in the whole cluster. */
  Token token();

  /** What kind of task it is, such as {@code run:shell}. */
  String kind();

  /** The task's name in the definition. */
  String taskName();

  /** JSON pointer of the task in the definition. */
  String reference();

  /** The workflow that the task belongs to. */
  Workflow workflow();

  /** The task's arguments, every expression in them already evaluated. Treat as immutable. */
  JsonNode arguments();

  /**
   * The same for every attempt of one task; empty when there is none. Hand it to whatever must not
   * happen twice.
   */
  String idempotencyKey();

  /** When the coordinator will cancel the attempt, if it will. */
  Optional<Instant> deadline();

  /** Whether the attempt was cancelled. Its thread was interrupted at the same time. */
  boolean cancelled();

  /**
   * Calls {@code action} once when the attempt is cancelled, on a thread of its own; at once if it
   * already is. For work that an interrupt does not reach.
   */
  void onCancel(Runnable action);

  /**
   * From now on the attempt has to be heard of, by {@link #heartbeat} or {@link #progress}, before
   * each time {@code within} has passed. When it is not, it is cancelled and has ended with {@code
   * silent}, whatever the executor returns or throws later; its slot is free when the executor has
   * ended. That it is silent is noticed within an eighth of the time. For the thread of the
   * executor alone.
   *
   * @throws IllegalStateException when it was called before
   */
  void expectHeartbeats(Duration within, Fault silent);

  /** Says that the work goes on. */
  void heartbeat();

  /**
   * Says how far the work is, and so that it goes on. Newer progress may replace older that was not
   * sent yet.
   *
   * @param fraction 0 to 1, negative when unknown
   */
  void progress(double fraction, String message);

  /**
   * Shows bytes of a running program to whoever watches the task. Bounded in rate and size: what is
   * too much is left out, and the stream says how much that was.
   */
  void output(Stream stream, byte[] bytes, int offset, int length);

  /**
   * An empty directory of this attempt alone, made at the first call and removed with all in it
   * when the attempt has ended.
   *
   * @throws IOException when it cannot be made
   */
  Path directory() throws IOException;

  /**
   * Hands a message of a subscription to the engine, and waits until it is safe there or not
   * wanted. One at a time; by any thread, which is not interrupted when the attempt is cancelled.
   *
   * @return false when the attempt was cancelled before that, so that nobody knows
   */
  boolean handOver(JsonNode message) throws InterruptedException;

  /** Results whose JSON is larger become a fault of the task. */
  long maxResultBytes();
}
