package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;

/** The identity of a definition. {@code dsl} and {@code version} are semantic versions. */
public record Document(String dsl, String namespace, String name, String version, JsonNode source) {

  /** For messages: {@code namespace/name@version}. */
  public String qualifiedName() {
    return namespace + "/" + name + "@" + version;
  }
}
