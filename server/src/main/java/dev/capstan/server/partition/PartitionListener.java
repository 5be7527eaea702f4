package dev.capstan.server.partition;

/** Hears of what becomes of a partition; on the partition's thread, must not block. */
public interface PartitionListener {

  /** It serves requests from now on. */
  default void leads(long term) {}

  /** It serves no more, until it leads again. */
  default void leadsNoMore(long term) {}

  /**
   * Its log or store failed, or the loop itself: it has stopped for good, and the process should
   * say so and end.
   */
  void failed(Throwable cause);
}
