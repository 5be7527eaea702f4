package dev.capstan.server.registry;

import dev.capstan.api.storage.v1.DefinitionText;
import dev.capstan.api.storage.v1.DeployedDefinition;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.Document;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.Keys;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.registry.DefinitionTexts.Compiled;
import dev.capstan.server.registry.DeployedNames.Name;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Deployed definitions. A text is stored once under its hash; namespace, name and version lead to
 * the hash and never to another one. As a listener of the rows, it knows what the replica here has
 * applied, whoever leads. Safe for any thread.
 */
public final class DefinitionRegistry implements Definitions, WatchedStore.Listener {
  private final DefinitionTexts texts;
  private final DefinitionCache cache;
  private final Schedules schedules;
  private final DeployedNames names = new DeployedNames();

  /** What this leadership has decided, committed or not. */
  private final DeployedNames decided = new DeployedNames();

  private volatile @Nullable PartitionRequests partition;

  /** A registry that knows nothing yet; {@link #open} must follow. */
  public DefinitionRegistry(DefinitionTexts texts, DefinitionCache cache, Schedules schedules) {
    this.texts = texts;
    this.cache = cache;
    this.schedules = schedules;
  }

  @Override
  public void changed(Store store, List<Change> changes) {
    for (Change change : changes) {
      if (change instanceof Change.Put put && Keys.isDeployed(put.key())) {
        put(put.key(), put.value());
      }
    }
  }

  @Override
  public void replaced(Store store) {
    load(store);
  }

  /** Reads what is deployed from the store, before anybody asks for it. */
  public void load(Store store) {
    byte[] from = Keys.deployed();
    try (Rows rows = store.scan(Table.DEFINITIONS, from, Keys.after(from), Direction.FORWARD)) {
      while (rows.next()) {
        put(rows.key(), rows.value());
      }
    }
  }

  private void put(byte[] key, byte[] row) {
    String[] parts = Keys.deployedParts(key);
    names.put(new Name(parts[0], parts[1]), parts[2], read(row));
  }

  /** A leadership begins: what an earlier one has decided and not committed never was. */
  public void begin() {
    decided.clear();
  }

  /** Begins to take deployments. */
  public void open(PartitionRequests requests) {
    partition = requests;
  }

  /**
   * Deploys a text; completes when it is durable.
   *
   * @throws Refusal if it is no definition
   */
  public CompletableFuture<DefinitionView> deploy(Principal principal, String text, String source) {
    Compiled compiled = texts.compile(text, source);
    schedules.check(compiled.definition());
    PartitionRequests requests = partition;
    if (requests == null) {
      throw new Refusal(Refusal.Code.NOT_READY, "The coordinator is still starting");
    }
    return requests
        .transact(view -> deploy(view, compiled, principal))
        .thenApply(row -> {
          Document document = compiled.definition().document();
          Name name = new Name(document.namespace(), document.name());
          names.put(name, document.version(), row);
          cache.add(new Definitions.Deployed(compiled.definition(), compiled.text()));
          return view(name, document.version(), row, text, compiled.warnings());
        });
  }

  private DeployedDefinition deploy(TransactionView view, Compiled compiled, Principal principal) {
    Definition definition = compiled.definition();
    Document document = definition.document();
    byte[] key = Keys.deployed(document.namespace(), document.name(), document.version());
    byte[] existing = view.get(Table.DEFINITIONS, key);
    if (existing != null) {
      DeployedDefinition row = read(existing);
      if (row.getHash().equals(definition.hash())) {
        return row;
      }
      throw new Refusal(
          Refusal.Code.ALREADY_EXISTS,
          document.qualifiedName() + " is deployed already, and with another content",
          "Versions never change: raise document.version");
    }
    DeployedDefinition row = row(definition, principal, view.now());
    byte[] textKey = Keys.definitionText(definition.hash());
    if (view.get(Table.DEFINITIONS, textKey) == null) {
      view.write(
          new Change.Put(
              Table.DEFINITIONS,
              textKey,
              DefinitionText.newBuilder().setText(compiled.text()).build().toByteArray()));
    }
    view.write(new Change.Put(Table.DEFINITIONS, key, row.toByteArray()));
    view.audit(
        principal.name(), "definition.deploy", document.qualifiedName(), "ok", definition.hash());
    Name name = new Name(document.namespace(), document.name());
    if (names.isLatest(name, document.version()) && decided.isLatest(name, document.version())) {
      schedules.deployed(view, definition);
    }
    decided.put(name, document.version(), row);
    return row;
  }

  private static DeployedDefinition row(Definition definition, Principal principal, Instant now) {
    DeployedDefinition.Builder row =
        DeployedDefinition.newBuilder()
            .setHash(definition.hash())
            .setDeployedMillis(now.toEpochMilli())
            .setDeployedBy(principal.name());
    String title = definition.document().source().path("title").textValue();
    String summary = definition.document().source().path("summary").textValue();
    if (title != null) {
      row.setTitle(title);
    }
    if (summary != null) {
      row.setSummary(summary);
    }
    return row.build();
  }

  /** One definition with its text; the latest when {@code version} is null. */
  public DefinitionView view(String namespace, String name, @Nullable String version) {
    DeployedNames.Entry entry = entry(namespace, name, version);
    Definitions.Deployed deployed = stored(entry);
    return view(entry.name(), entry.version(), entry.row(), deployed.text(), List.of());
  }

  /** A deployed definition, compiled; the latest when {@code version} is null. */
  public Definitions.Deployed deployed(String namespace, String name, @Nullable String version) {
    return stored(entry(namespace, name, version));
  }

  @Override
  public List<PartitionRequests.Start> published(
      CloudEvent event, PartitionRequests.TransactionView view) {
    return schedules.published(event, view);
  }

  @Override
  public Definitions.@Nullable Deployed find(
      String namespace, String name, @Nullable String version) {
    DeployedNames.Entry entry = names.find(new Name(namespace, name), version);
    return entry == null ? null : cache.find(entry.row().getHash());
  }

  /** A text compiled for a one-off run. */
  public Compiled inline(String text) {
    return texts.compile(text, "definition");
  }

  /** Checks a text: the warnings. */
  public List<Refusal.Detail> validate(String text, String source) {
    Compiled compiled = texts.compile(text, source);
    schedules.check(compiled.definition());
    return compiled.warnings();
  }

  /** Deployed definitions without their texts, in the order of namespace, name and version. */
  public Page<DefinitionView> list(
      @Nullable String namespace, int limit, @Nullable String cursor, long revision) {
    List<DeployedNames.Entry> entries =
        names.all().stream()
            .filter(entry -> namespace == null || entry.name().namespace().equals(namespace))
            .filter(behind(cursor))
            .limit(limit + 1L)
            .toList();
    List<DefinitionView> page =
        entries.stream()
            .limit(limit)
            .map(entry -> view(entry.name(), entry.version(), entry.row(), null, List.of()))
            .toList();
    String next = entries.size() > limit ? cursor(entries.get(limit - 1)) : null;
    return new Page<>(page, next, revision);
  }

  private static java.util.function.Predicate<DeployedNames.Entry> behind(@Nullable String cursor) {
    if (cursor == null) {
      return _ -> true;
    }
    String[] parts = cursor.split("/", -1);
    if (parts.length != 3) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The cursor is none of this list",
          "Begin without a cursor");
    }
    Name name = new Name(parts[0], parts[1]);
    return entry -> entry.isAfter(name, parts[2]);
  }

  private static String cursor(DeployedNames.Entry last) {
    return last.name().namespace() + "/" + last.name().name() + "/" + last.version();
  }

  private DeployedNames.Entry entry(String namespace, String name, @Nullable String version) {
    DeployedNames.Entry entry = names.find(new Name(namespace, name), version);
    if (entry != null) {
      return entry;
    }
    boolean known = names.find(new Name(namespace, name), null) != null;
    String what = namespace + "/" + name + (version == null ? "" : "@" + version);
    throw new Refusal(
        Refusal.Code.NOT_FOUND,
        "There is no definition " + what,
        known ? "The name is known: look at its versions" : elsewhere(namespace, name));
  }

  private String elsewhere(String namespace, String name) {
    List<Name> all = names.names();
    @Nullable Name elsewhere =
        all.stream().filter(other -> other.name().equals(name)).findFirst().orElse(null);
    if (elsewhere != null) {
      return "There is " + elsewhere.namespace() + "/" + name;
    }
    String nearest =
        NearestName.among(
            all.stream()
                .filter(other -> other.namespace().equals(namespace))
                .map(Name::name)
                .toList(),
            name);
    return nearest == null
        ? "Deploy it first: capstan deploy FILE"
        : "Did you mean " + namespace + "/" + nearest + "?";
  }

  private Definitions.Deployed stored(DeployedNames.Entry entry) {
    Definitions.Deployed deployed = cache.find(entry.row().getHash());
    if (deployed == null) {
      throw new Refusal(
          Refusal.Code.INTERNAL, "The text of " + entry.name() + " is missing in the store");
    }
    return deployed;
  }

  private static DefinitionView view(
      Name name,
      String version,
      DeployedDefinition row,
      @Nullable String text,
      List<Refusal.Detail> warnings) {
    return new DefinitionView(
        name.namespace(),
        name.name(),
        version,
        row.getHash(),
        row.hasTitle() ? row.getTitle() : null,
        row.hasSummary() ? row.getSummary() : null,
        Instant.ofEpochMilli(row.getDeployedMillis()),
        row.getDeployedBy(),
        text,
        warnings);
  }

  private static DeployedDefinition read(byte[] value) {
    try {
      return DeployedDefinition.parseFrom(value);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException("the row of a definition is damaged", e);
    }
  }
}
