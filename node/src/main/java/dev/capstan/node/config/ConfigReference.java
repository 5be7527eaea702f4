package dev.capstan.node.config;

/** The reference page of the configuration file, made from the table of its keys. */
final class ConfigReference {
  private ConfigReference() {}

  static String markdown() {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Configuration

        A node reads one YAML file. Everything stands under `distributed_workflow_engine`, and everything may be left out. An unknown
        key or a value that can't work stops the start; all faults of a file are told at once, with line and column. Made from the
        table in `Keys`; a test keeps it so.

        Times have a unit: `500ms`, `10s`, `2m`, `1h`, or ISO 8601 such as `PT1M30S`.

        ```yaml
        distributed_workflow_engine:
          node_discovery:    { enabled: true, protocol: "mdns", heartbeat_interval: 1s }
          scheduling:        { strategy: "load_balanced", max_tasks_per_node: 50 }
          state_sync:        { enabled: true, protocol: "raft", sync_interval: 1s }
          consensus:         { protocol: "raft", election_timeout: 300ms }
          failure_detection: { enabled: true, detection_interval: 1s, recovery_strategy: "reassign" }
          node:              { bind: "10.0.0.7", labels: { zone: "a" } }
        ```

        A value with which a promise of the engine can't be met is accepted; the node warns at its start and says what it costs.
        """);
    for (String section : Keys.sections()) {
      page.append("\n## ").append(section).append("\n\n");
      page.append("| key | type | default | meaning | allowed |\n|---|---|---|---|---|\n");
      for (Key<?> key : Keys.of(section)) {
        String preset = key.shown().isEmpty() ? "none" : "`" + key.shown() + "`";
        page.append("| `").append(key.name()).append("` | ");
        page.append(key.form().type()).append(" | ").append(preset).append(" | ");
        page.append(key.meaning()).append(" | ");
        page.append(key.form().allowed()).append(" |\n");
      }
    }
    return page.toString();
  }
}
