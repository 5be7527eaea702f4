package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The attempts that nodes have, as they are stored. */
public final class StoredAttempts {
  private StoredAttempts() {}

  /** Those of the nodes whose ids are wanted, by id. Reads all tasks that are alive. */
  public static Map<String, Set<AttemptToken>> of(Store store, Predicate<String> wanted) {
    Map<String, Set<AttemptToken>> found = new HashMap<>();
    try (Rows rows = store.scan(Table.TASKS, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        ActiveTask task = RowCodec.task(rows.value());
        if (task.hasNode() && wanted.test(task.getNode())) {
          RunKey run = new RunKey(Keys.executionIn(rows.key(), 0), Keys.lastNumber(rows.key()));
          found
              .computeIfAbsent(task.getNode(), _ -> new HashSet<>())
              .add(RowCodec.attempt(run, task).token());
        }
      }
    }
    return found;
  }
}
