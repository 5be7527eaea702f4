package dev.capstan.core.execution;

import dev.capstan.dsl.model.Definition;

/**
 * Definitions by hash, for histories that name them: the one that an execution was started with,
 * and those that it was moved to. Must give the same definition for a hash whenever it is asked;
 * called by whoever folds a history.
 */
@FunctionalInterface
public interface DefinitionSource {

  /**
   * The definition with a hash.
   *
   * @throws IllegalStateException if it is not known, so that the history can't be read
   */
  Definition byHash(String hash);

  /** A source of one definition, for histories that never leave it. */
  static DefinitionSource only(Definition definition) {
    return hash -> {
      if (hash.equals(definition.hash())) {
        return definition;
      }
      throw new IllegalStateException("there is no definition with the hash " + hash);
    };
  }
}
