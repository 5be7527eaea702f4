package dev.capstan.server.registry;

import dev.capstan.api.storage.v1.DeployedDefinition;
import dev.capstan.dsl.model.SemanticVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is deployed under which name, in memory: small rows, since texts are elsewhere. Safe for any
 * thread.
 */
final class DeployedNames {
  /**
   * Build metadata does not count in the order of versions; here it decides last, so that different
   * texts are never equal.
   */
  private static final Comparator<String> BY_VERSION =
      ((Comparator<String>) SemanticVersion::compare).thenComparing(Comparator.naturalOrder());

  private final NavigableMap<Name, NavigableMap<String, DeployedDefinition>> names =
      new TreeMap<>();

  /** A definition's name, in the order of lists. */
  record Name(String namespace, String name) implements Comparable<Name> {
    @Override
    public int compareTo(Name other) {
      int order = namespace.compareTo(other.namespace);
      return order != 0 ? order : name.compareTo(other.name);
    }
  }

  /** One version under its name. */
  record Entry(Name name, String version, DeployedDefinition row) {
    boolean isAfter(Name afterName, String afterVersion) {
      int order = name.compareTo(afterName);
      return order > 0 || (order == 0 && BY_VERSION.compare(version, afterVersion) > 0);
    }
  }

  synchronized void put(Name name, String version, DeployedDefinition row) {
    names.computeIfAbsent(name, _ -> new TreeMap<>(BY_VERSION)).put(version, row);
  }

  synchronized void clear() {
    names.clear();
  }

  /** A version, or the latest when {@code version} is null or {@code latest}. */
  synchronized @Nullable Entry find(Name name, @Nullable String version) {
    NavigableMap<String, DeployedDefinition> versions = names.get(name);
    if (versions == null) {
      return null;
    }
    if (version == null || version.equals("latest")) {
      var last = versions.lastEntry();
      return new Entry(name, last.getKey(), last.getValue());
    }
    DeployedDefinition row = versions.get(version);
    return row == null ? null : new Entry(name, version, row);
  }

  /** Whether no deployed version is later. */
  synchronized boolean isLatest(Name name, String version) {
    NavigableMap<String, DeployedDefinition> versions = names.get(name);
    return versions == null || BY_VERSION.compare(versions.lastKey(), version) <= 0;
  }

  /** Everything, in order. */
  synchronized List<Entry> all() {
    List<Entry> all = new ArrayList<>();
    names.forEach((name, versions) ->
        versions.forEach((version, row) -> all.add(new Entry(name, version, row))));
    return all;
  }

  /** Names near to one that is not there, for messages. */
  synchronized List<Name> names() {
    return List.copyOf(names.keySet());
  }
}
