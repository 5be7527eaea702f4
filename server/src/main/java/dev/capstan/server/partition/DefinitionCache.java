package dev.capstan.server.partition;

import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.util.LinkedHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compiled definitions by hash, the least recently used first to go. Safe for any thread. */
public final class DefinitionCache implements DefinitionSource {
  private final Store store;
  private final Function<String, Definition> compiler;
  private final int limit;
  private final LinkedHashMap<String, Definitions.Deployed> byHash =
      new LinkedHashMap<>(64, 0.75f, true);

  /**
   * A cache over the texts in a store.
   *
   * @param compiler turns a text that was accepted once into its definition
   */
  public DefinitionCache(Store store, Function<String, Definition> compiler, int limit) {
    this.store = store;
    this.compiler = compiler;
    this.limit = limit;
  }

  /** The definition with a hash, null if no text with it is stored. */
  public Definitions.@Nullable Deployed find(String hash) {
    synchronized (byHash) {
      Definitions.Deployed cached = byHash.get(hash);
      if (cached != null) {
        return cached;
      }
    }
    byte[] row = store.get(Table.DEFINITIONS, Keys.definitionText(hash));
    if (row == null) {
      return null;
    }
    String text = RowCodec.definitionText(row).getText();
    Definitions.Deployed loaded = new Definitions.Deployed(compiler.apply(text), text);
    add(loaded);
    return loaded;
  }

  @Override
  public Definition byHash(String hash) {
    Definitions.Deployed found = find(hash);
    if (found == null) {
      throw new IllegalStateException("the definition with the hash " + hash + " is not stored");
    }
    return found.definition();
  }

  /** Keeps a definition that is compiled already. */
  public void add(Definitions.Deployed definition) {
    synchronized (byHash) {
      byHash.put(definition.definition().hash(), definition);
      if (byHash.size() > limit) {
        byHash.pollFirstEntry();
      }
    }
  }
}
