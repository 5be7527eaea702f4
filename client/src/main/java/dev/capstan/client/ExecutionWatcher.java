package dev.capstan.client;

/** Takes what a watch brings, on one thread, in order. All methods do nothing unless overridden. */
public interface ExecutionWatcher {
  /** The next entry of the history; each comes once. */
  default void history(HistoryEvent event) {}

  /** A piece of what a running task printed. */
  default void output(OutputPiece piece) {}

  /** How far a running task says it is. */
  default void progress(TaskProgress progress) {}

  /** Pieces of output were lost because this client or its connection was too slow. */
  default void outputLost(long pieces) {}

  /** The connection broke and will be made anew; nothing of the history is lost. */
  default void reconnecting(CapstanException reason) {}
}
