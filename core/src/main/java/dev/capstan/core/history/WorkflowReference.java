package dev.capstan.core.history;

import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Document;

/**
 * The definition that an execution runs: its name and the hash of the text that it is pinned to.
 */
public record WorkflowReference(String namespace, String name, String version, String hash) {

  /** The reference to {@code definition}. */
  public static WorkflowReference to(Definition definition) {
    Document document = definition.document();
    return new WorkflowReference(
        document.namespace(), document.name(), document.version(), definition.hash());
  }

  /** For messages: {@code namespace/name@version}. */
  public String qualifiedName() {
    return namespace + "/" + name + "@" + version;
  }
}
