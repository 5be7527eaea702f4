package dev.capstan.testkit;

import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.StateText;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.SemanticVersion;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The definitions that an engine in memory knows: those that were deployed or started. */
final class KnownDefinitions implements DefinitionSource {
  private final DefinitionLoader loader = new DefinitionLoader();
  private final Map<String, Definition> byName = new TreeMap<>();
  private final Map<String, Definition> byHash = new TreeMap<>();

  /**
   * Deploys a text.
   *
   * @throws IllegalArgumentException with all diagnostics if it is invalid
   */
  Definition deploy(String text) {
    return switch (loader.load(text, "workflow.yaml")) {
      case LoadResult.Loaded loaded -> deploy(loaded.definition());
      case LoadResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }

  Definition deploy(Definition definition) {
    String name = definition.document().namespace() + "/" + definition.document().name();
    byName.merge(name, definition, KnownDefinitions::later);
    byName.put(name + "@" + definition.document().version(), definition);
    return know(definition);
  }

  private static Definition later(Definition known, Definition deployed) {
    String version = known.document().version();
    boolean isOlder = SemanticVersion.compare(deployed.document().version(), version) < 0;
    return isOlder ? known : deployed;
  }

  /** Knows it by its hash alone. */
  Definition know(Definition definition) {
    byHash.put(definition.hash(), definition);
    return definition;
  }

  /** Version {@code latest} is the highest; null if there is none. */
  @Nullable Definition find(String name, String version) {
    return byName.get("latest".equals(version) ? name : name + "@" + version);
  }

  @Override
  public Definition byHash(String hash) {
    Definition definition = byHash.get(hash);
    if (definition == null) {
      throw new IllegalStateException("no definition with the hash " + hash + " is known");
    }
    return definition;
  }

  /** Fails unless the history gives the state that the execution has. */
  void requireReplayEqualsLive(Execution live, List<Event.Recorded> history) {
    Execution replayed = Execution.replay(live.id(), this, history);
    if (!StateText.of(replayed).equals(StateText.of(live))) {
      throw new IllegalStateException(
          "replay differs from live:\n"
              + StateText.of(live)
              + "\nreplayed:\n"
              + StateText.of(replayed));
    }
  }
}
