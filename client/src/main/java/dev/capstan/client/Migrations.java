package dev.capstan.client;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Moves executions to other versions of their workflows. An execution that can't move is no
 * failure: the answer says why. Asking for the same move again does nothing more. May be used by
 * any thread.
 */
public final class Migrations {
  private final Calls calls;

  Migrations(Calls calls) {
    this.calls = calls;
  }

  /**
   * What a move would mean; changes nothing.
   *
   * @param version a deployed one of the execution's workflow
   * @param map JSON pointers of tasks in that version by pointers in the present one, for tasks
   *     with other names
   */
  public CompletableFuture<Migration> plan(String id, String version, Map<String, String> map) {
    return ask(id, version, true, map);
  }

  /** Moves an execution if it can move; the parameters are those of {@link #plan}. */
  public CompletableFuture<Migration> move(String id, String version, Map<String, String> map) {
    return ask(id, version, false, map);
  }

  private CompletableFuture<Migration> ask(
      String id, String version, boolean dryRun, Map<String, String> map) {
    ObjectNode body =
        JsonNodeFactory.instance.objectNode().put("version", version).put("dryRun", dryRun);
    if (!map.isEmpty()) {
      map.forEach(body.putObject("map")::put);
    }
    return calls
        .send(
            Request.post("/v1/executions/" + QueryString.encode(id) + "/migrate")
                .body("application/json", body.toString())
                .safeToRepeat())
        .thenApply(answer -> answer.as(Migration.class));
  }
}
