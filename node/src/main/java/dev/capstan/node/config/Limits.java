package dev.capstan.node.config;

/**
 * The bounds that every part keeps; what is beyond one is refused with a code that names it.
 *
 * @param payloadBytes of one JSON value: an input, a result, the data of a cloud event
 * @param payloadDepth how deep JSON may be nested
 * @param definitionBytes of the text of a definition
 * @param labels how many labels an execution or node may have
 * @param labelLength of a label's name or value, in characters
 * @param listSize of one page of a list
 * @param nodes how many worker nodes may be connected
 * @param slotsPerNode how many slots one node may offer
 * @param kindsPerNode how many kinds one node may offer
 * @param backlogBytes that may wait for one slow worker or watcher before it is cut off
 * @param watches how many histories may be watched at a time
 * @param waits how many requests may wait for executions to end
 */
public record Limits(
    int payloadBytes,
    int payloadDepth,
    int definitionBytes,
    int labels,
    int labelLength,
    int listSize,
    int nodes,
    int slotsPerNode,
    int kindsPerNode,
    int backlogBytes,
    int watches,
    int waits) {

  /** The bounds of a coordinator that was told nothing else. */
  public static final Limits DEFAULT =
      new Limits(
          1 << 20, 100, 1 << 20, 32, 256, 1_000, 5_000, 10_000, 1_000, 64 << 20, 10_000, 100_000);

  /**
   * @throws IllegalArgumentException if limits contradict each other
   */
  public Limits {
    require(payloadBytes >= 1 << 10, "payloadBytes must be at least 1024: " + payloadBytes);
    require(
        payloadDepth >= 5 && payloadDepth <= 500,
        "payloadDepth must be from 5 to 500: " + payloadDepth);
    require(
        definitionBytes >= 1 << 10, "definitionBytes must be at least 1024: " + definitionBytes);
    require(
        backlogBytes / 4 >= payloadBytes, "backlogBytes must hold four payloads: " + backlogBytes);
    require(labels >= 0 && labelLength >= 1, "labels and labelLength must not be negative");
    require(
        listSize >= 1 && nodes >= 1 && slotsPerNode >= 1 && kindsPerNode >= 1,
        "counts must be at least 1");
    require(watches >= 1 && waits >= 1, "watches and waits must be at least 1");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
