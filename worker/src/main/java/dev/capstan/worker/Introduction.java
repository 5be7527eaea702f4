package dev.capstan.worker;

/**
 * What a hello says of a node that may change while the node goes on.
 *
 * @param slots how many attempts it runs at a time
 */
record Introduction(int slots, Findings findings) {

  /** As it is at this moment. */
  static Introduction of(Node node) {
    return new Introduction(node.slots().size(), node.findings().get());
  }
}
