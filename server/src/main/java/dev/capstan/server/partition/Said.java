package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** What somebody says to a running execution. */
public sealed interface Said {
  /** To whom. */
  String execution();

  /** By whom. */
  String principal();

  /**
   * The decision of a human task.
   *
   * @param id of the cloud event that it becomes; the same again is taken once
   */
  record Decided(String execution, long run, String id, JsonNode decision, String principal)
      implements Said {}

  /**
   * Who is to decide a human task.
   *
   * @param assignee null for nobody in particular
   */
  record Assigned(String execution, long run, @Nullable String assignee, String principal)
      implements Said {}

  /**
   * An update.
   *
   * @param id of the cloud event that it becomes; the same again is taken once
   */
  record Updated(String execution, String name, String id, JsonNode input, String principal)
      implements Said {}

  /**
   * What became of it.
   *
   * @param run that took it
   * @param index of the event of the history with which it was taken
   * @param ahead how many cloud events of the run are to be handled before it
   * @param before whether that was not done just now, but when it was said for the first time
   * @param revision the log index that includes it
   */
  record Heard(long run, long index, int ahead, boolean before, long revision) {
    Heard at(long committed) {
      return new Heard(run, index, ahead, before, committed);
    }
  }
}
