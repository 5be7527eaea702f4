package dev.capstan.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.DefinitionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class DefinitionRegistryTest {
  private final RegistryFixture fixture = new RegistryFixture();

  private static Refusal.Code refusal(Runnable request) {
    try {
      request.run();
    } catch (Refusal e) {
      return e.code();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Refusal refusal) {
        return refusal.code();
      }
      throw e;
    }
    throw new AssertionError("was not refused");
  }

  @Test
  void theSameTextAgainIsAnsweredAsTheFirstTime() {
    String text = RegistryFixture.definition("a", "1.0.0", "");
    DefinitionView first = fixture.deploy(text);
    DefinitionView again = fixture.deploy(text + "\n# a comment changes no content\n");
    assertThat(again.hash()).isEqualTo(first.hash());
    assertThat(again.deployedAt()).isEqualTo(first.deployedAt());
    assertThat(fixture.partition.audits).containsExactly("definition.deploy test/a@1.0.0");
  }

  @Test
  void aVersionNeverChanges() {
    fixture.deploy(RegistryFixture.definition("a", "1.0.0", ""));
    assertThat(
            refusal(() ->
                fixture.deploy(RegistryFixture.definition("a", "1.0.0", "timeout: {after: PT1S}"))))
        .isEqualTo(Refusal.Code.ALREADY_EXISTS);
    assertThat(fixture.registry.view("test", "a", "1.0.0").text()).doesNotContain("timeout");
  }

  @Test
  void theLatestVersionIsTheHighestBySemanticVersionAndNotTheLastDeployed() {
    for (String version : List.of("1.9.0", "1.10.0", "1.10.0-rc.1", "0.99.0")) {
      fixture.deploy(RegistryFixture.definition("a", version, ""));
    }
    assertThat(fixture.registry.view("test", "a", null).version()).isEqualTo("1.10.0");
    assertThat(fixture.registry.deployed("test", "a", "latest").definition().document().version())
        .isEqualTo("1.10.0");
    assertThat(fixture.restarted().registry.view("test", "a", null).version()).isEqualTo("1.10.0");
  }

  @Test
  void aTextThatIsNoDefinitionIsRefusedWithAllItsFaults() {
    String text =
        RegistryFixture.definition("a", "1.0.0", "timeout: {after: soon}")
            .replace("set: {a: 1}", "sett: {a: 1}");
    assertThatThrownBy(() -> fixture.deploy(text))
        .asInstanceOf(type(Refusal.class))
        .satisfies(refusal -> {
          assertThat(refusal.code()).isEqualTo(Refusal.Code.INVALID_DEFINITION);
          assertThat(refusal.details()).hasSizeGreaterThanOrEqualTo(2);
          assertThat(refusal.details())
              .allSatisfy(detail -> assertThat(detail.line()).isPositive());
        });
    assertThat(fixture.registry.list(null, 10, null, 0).items()).isEmpty();
  }

  @Test
  void aTextBeyondTheLimitIsRefusedBeforeItIsRead() {
    assertThat(refusal(() -> fixture.deploy("x".repeat(100_001))))
        .isEqualTo(Refusal.Code.PAYLOAD_TOO_LARGE);
  }

  @Test
  void anUnknownNameIsRefusedAndANearOneNamed() {
    fixture.deploy(RegistryFixture.definition("a", "1.0.0", ""));
    fixture.deploy(RegistryFixture.definition("order", "1.0.0", ""));
    assertThatThrownBy(() -> fixture.registry.view("other", "a", null))
        .asInstanceOf(type(Refusal.class))
        .satisfies(refusal -> assertThat(refusal.hint()).contains("There is test/a"));
    assertThatThrownBy(() -> fixture.registry.view("test", "oder", null))
        .asInstanceOf(type(Refusal.class))
        .satisfies(refusal -> assertThat(refusal.hint()).contains("Did you mean test/order?"));
    assertThat(refusal(() -> fixture.registry.view("test", "a", "2.0.0")))
        .isEqualTo(Refusal.Code.NOT_FOUND);
  }

  @Test
  void pagesGoThroughAllDefinitionsInOrder() {
    for (String name : List.of("c", "a", "b")) {
      fixture.deploy(RegistryFixture.definition(name, "1.0.0", ""));
      fixture.deploy(RegistryFixture.definition(name, "1.1.0", ""));
    }
    List<String> seen = new ArrayList<>();
    String cursor = null;
    do {
      Page<DefinitionView> page = fixture.registry.list("test", 4, cursor, 0);
      page.items().forEach(item -> seen.add(item.name() + item.version()));
      cursor = page.next();
    } while (cursor != null);
    assertThat(seen).containsExactly("a1.0.0", "a1.1.0", "b1.0.0", "b1.1.0", "c1.0.0", "c1.1.0");
    assertThat(refusal(() -> fixture.registry.list(null, 4, "nonsense", 0)))
        .isEqualTo(Refusal.Code.INVALID_REQUEST);
  }

  private static String daily(String version) {
    return RegistryFixture.definition("a", version, "schedule: {every: {hours: 24}}");
  }

  private CompletableFuture<DefinitionView> deploying(String version) {
    return fixture.registry.deploy(Principal.LOCAL, daily(version), "test.yaml");
  }

  @Test
  void theScheduleOfTheLatestVersionCountsAlsoWhenAnEarlierOneIsDeployedAtTheSameTime() {
    fixture.partition.pause();
    List<CompletableFuture<DefinitionView>> both = List.of(deploying("1.2.0"), deploying("1.1.0"));
    assertThat(fixture.partition.decide()).isEqualTo(2);
    assertThat(both).noneMatch(CompletableFuture::isDone);
    fixture.partition.commit();
    assertThat(both).allMatch(CompletableFuture::isDone);

    assertThat(fixture.listed()).extracting(ScheduleView::version).containsExactly("1.2.0");
  }

  @Test
  void whatAnEarlierLeadershipDecidedInVainIsNoVersion() {
    RecordingPartition lost = new RecordingPartition(new MemoryStore(), fixture.clock);
    lost.pause();
    fixture.registry.open(lost);
    CompletableFuture<DefinitionView> inVain = deploying("1.2.0");
    assertThat(lost.decide()).isOne();
    fixture.registry.open(fixture.partition);
    fixture.registry.begin();

    assertThat(deploying("1.1.0")).isCompleted();

    assertThat(inVain).isNotDone();
    assertThat(fixture.listed()).extracting(ScheduleView::version).containsExactly("1.1.0");
  }

  /** Whoever has decided it. */
  @Test
  void whatIsAppliedIsKnown() {
    RegistryFixture other = new RegistryFixture();
    Store watched = new WatchedStore(other.partition.store(), Table.DEFINITIONS, other.registry);
    fixture.deploy(RegistryFixture.definition("a", "1.0.0", ""));
    List<Change> rows = new ArrayList<>();
    try (Rows stored =
        fixture.partition.store().scan(Table.DEFINITIONS, new byte[0], null, Direction.FORWARD)) {
      while (stored.next()) {
        rows.add(new Change.Put(Table.DEFINITIONS, stored.key(), stored.value()));
      }
    }
    assertThat(other.registry.find("test", "a", "latest")).isNull();

    watched.apply(1, new Batch(1, 0, rows));

    assertThat(other.registry.view("test", "a", "1.0.0").version()).isEqualTo("1.0.0");
    assertThat(other.registry.find("test", "a", "latest")).isNotNull();
  }

  @Test
  void validatingDeploysNothing() {
    fixture.registry.validate(RegistryFixture.definition("a", "1.0.0", ""), "a.yaml");
    assertThat(fixture.registry.find("test", "a", "latest")).isNull();
  }
}
