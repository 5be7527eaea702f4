package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.DeployedDefinition;
import dev.capstan.dsl.model.SemanticVersion;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import org.jspecify.annotations.Nullable;

/** Deployed definitions as the rows of DEFINITIONS have them. Safe for any thread. */
public final class StoredDefinitions implements Definitions {
  private static final String LATEST = "latest";

  private final Store store;
  private final DefinitionCache byHash;

  /** Definitions over a partition's store. */
  public StoredDefinitions(Store store, DefinitionCache byHash) {
    this.store = store;
    this.byHash = byHash;
  }

  @Override
  public @Nullable Deployed find(String namespace, String name, String version) {
    String exact = version.equals(LATEST) ? latest(namespace, name) : version;
    byte[] row =
        exact == null ? null : store.get(Table.DEFINITIONS, Keys.deployed(namespace, name, exact));
    return row == null
        ? null
        : byHash.find(RowCodec.parse(DeployedDefinition.parser(), row).getHash());
  }

  /** The highest deployed version by semantic version; null if none is deployed. */
  public @Nullable String latest(String namespace, String name) {
    String latest = null;
    byte[] prefix = Keys.deployed(namespace, name);
    try (Rows rows = store.scan(Table.DEFINITIONS, prefix, Keys.after(prefix), Direction.FORWARD)) {
      while (rows.next()) {
        String version = Keys.deployedParts(rows.key())[2];
        if (latest == null || SemanticVersion.compare(version, latest) > 0) {
          latest = version;
        }
      }
    }
    return latest;
  }
}
