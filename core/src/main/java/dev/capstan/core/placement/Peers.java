package dev.capstan.core.placement;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the others of a task's group are: tasks of the same key, or, without a key, of the same
 * definition. Must not change while one placement looks at it.
 */
public interface Peers {

  /** A task without others. */
  Peers NONE =
      new Peers() {
        @Override
        public Map<String, Integer> running() {
          return Map.of();
        }

        @Override
        public @Nullable String lastNode() {
          return null;
        }
      };

  /** How many attempts of the group each node runs; only nodes that run some, by id. */
  Map<String, Integer> running();

  /**
   * Id of the node that an attempt of the same key, or else of the same execution, went to last;
   * null when that is not known.
   */
  @Nullable String lastNode();
}
