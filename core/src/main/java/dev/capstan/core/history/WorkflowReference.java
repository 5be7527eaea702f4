package dev.capstan.core.history;

/**
 * The definition that an execution runs: its name and the hash of the text that it is pinned to.
 */
public record WorkflowReference(String namespace, String name, String version, String hash) {

  /** For messages: {@code namespace/name@version}. */
  public String qualifiedName() {
    return namespace + "/" + name + "@" + version;
  }
}
