package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * Names a deployed definition.
 *
 * @param version null is the latest
 */
public record WorkflowName(String namespace, String name, @Nullable String version) {
  private static final String DEFAULT_NAMESPACE = "default";

  /**
   * Reads {@code name}, {@code namespace/name} or either with {@code @version}; without a namespace
   * it is {@code default}.
   *
   * @throws IllegalArgumentException when the text is none of these
   */
  public static WorkflowName parse(String text) {
    int at = text.lastIndexOf('@');
    String version = at < 0 ? null : text.substring(at + 1);
    String path = at < 0 ? text : text.substring(0, at);
    int slash = path.indexOf('/');
    String namespace = slash < 0 ? DEFAULT_NAMESPACE : path.substring(0, slash);
    String name = path.substring(slash + 1);
    if (namespace.isEmpty()
        || name.isEmpty()
        || name.indexOf('/') >= 0
        || (version != null && version.isEmpty())) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not of the form [namespace/]name[@version]");
    }
    return new WorkflowName(namespace, name, version);
  }

  /** {@code namespace/name}, with {@code @version} when there is one. */
  @Override
  public String toString() {
    return namespace + "/" + name + (version == null ? "" : "@" + version);
  }
}
