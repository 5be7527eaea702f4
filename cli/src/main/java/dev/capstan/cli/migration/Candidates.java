package dev.capstan.cli.migration;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionFilter;
import dev.capstan.client.Page;
import dev.capstan.client.PageRequest;
import dev.capstan.client.WorkflowName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The executions of a workflow that have not ended, with the versions that they run. */
public final class Candidates {
  /**
   * Lists go by status, and one that changes its status meanwhile may be missed: those that begin
   * to run while the others are listed are looked for once more.
   */
  private static final List<String> STATUSES =
      List.of("running", "waiting", "suspended", "pending", "running");

  private static final int PAGE = 1_000;

  private final CapstanClient client;

  /** Candidates of what this client sees. */
  public Candidates(CapstanClient client) {
    this.client = client;
  }

  /**
   * Versions by id, in the order of the lists.
   *
   * @param from only of this version; null for all
   */
  public Map<String, String> of(WorkflowName workflow, @Nullable String from, Share share) {
    String name = workflow.namespace() + "/" + workflow.name();
    Map<String, String> versions = new LinkedHashMap<>();
    for (String status : STATUSES) {
      ExecutionFilter filter = new ExecutionFilter(status, name, Map.of(), null);
      PageRequest request = PageRequest.first(PAGE);
      while (true) {
        Page<Execution> page = CapstanClient.await(client.executions(filter, request));
        for (Execution each : page.items()) {
          String version = String.valueOf(each.workflow().version());
          if (share.has(each.id()) && (from == null || from.equals(version))) {
            versions.putIfAbsent(each.id(), version);
          }
        }
        if (page.next() == null) {
          break;
        }
        request = request.after(page);
      }
    }
    return versions;
  }
}
