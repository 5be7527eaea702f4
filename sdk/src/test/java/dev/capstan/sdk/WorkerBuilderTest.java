package dev.capstan.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("UnusedMethod")
class WorkerBuilderTest {
  @TempDir Path directory;

  /** Functions that are fine. */
  static class Fine {
    @TaskFunction("fine")
    public List<String> fine(List<String> input) {
      return input;
    }
  }

  /** As a library makes it that counts calls. */
  static final class Wrapped extends Fine {
    @Override
    public List<String> fine(List<String> input) {
      return super.fine(input);
    }
  }

  /** Everything that can be wrong with a function. */
  static final class Wrong<T> {
    @TaskFunction("two words")
    public void badlyNamed() {}

    @TaskFunction("http")
    public void reserved() {}

    @TaskFunction("hidden")
    void hidden() {}

    @TaskFunction("several")
    public void several(String one, String two) {}

    @TaskFunction("contexts")
    public void contexts(TaskContext one, TaskContext two) {}

    @TaskFunction("later")
    public CompletableFuture<String> later() {
      return CompletableFuture.completedFuture("");
    }

    @TaskFunction("open")
    public void open(T input) {}

    @TaskFunction("twice")
    public void once() {}

    @TaskFunction("twice")
    public void again() {}
  }

  /** Heartbeats that are none, or too short or long. */
  static final class Unheard {
    @TaskFunction(value = "a", heartbeat = "30s")
    public void notIso() {}

    @TaskFunction(value = "b", heartbeat = " ")
    public void blank() {}

    @TaskFunction(value = "c", heartbeat = "PT-30S")
    public void negative() {}

    @TaskFunction(value = "d", heartbeat = "PT0.999S")
    public void tooShort() {}

    @TaskFunction(value = "e", heartbeat = "PT24H0.001S")
    public void tooLong() {}

    @TaskFunction(value = "f", heartbeat = "PT999999999999999999999S")
    public void muchTooLong() {}
  }

  /** The shortest and the longest that may be. */
  static final class Heard {
    @TaskFunction(value = "a", heartbeat = "PT1S")
    public void shortest() {}

    @TaskFunction(value = "b", heartbeat = "P1D")
    public void longest() {}

    @TaskFunction(value = "c", heartbeat = "")
    public void none() {}
  }

  private static List<String> complaints(WorkerBuilder builder) {
    try {
      builder.start().close();
      return List.of();
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage()).lines().toList();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static WorkerBuilder with(Object... functions) {
    return Capstan.worker().functions(functions).dev(1);
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    List<String> said = complaints(with(new Wrong<String>(), new Object()));
    assertThat(said).hasSize(10);
    assertThat(said)
        .anySatisfy(line -> assertThat(line).contains("badlyNamed", "\"two words\"", "charge-card"))
        .anySatisfy(line -> assertThat(line).contains("reserved", "a call of the language itself"))
        .anySatisfy(line -> assertThat(line).contains("hidden must be public"))
        .anySatisfy(line -> assertThat(line).contains("several has 2 parameters"))
        .anySatisfy(line -> assertThat(line).contains("contexts has 2 parameters"))
        .anySatisfy(line -> assertThat(line).contains("later returns a CompletableFuture"))
        .anySatisfy(line -> assertThat(line).contains("open takes a T"))
        .anySatisfy(line -> assertThat(line).contains("\"twice\" is there twice", "once", "again"))
        .anySatisfy(line -> assertThat(line).contains("java.lang.Object has no method with"));
  }

  @Test
  void aHeartbeatThatIsNoDurationOrTooShortOrTooLongIsRefused() {
    List<String> said = complaints(with(new Unheard()));
    assertThat(said).hasSize(7);
    assertThat(said)
        .contains(
            "- "
                + Unheard.class.getName()
                + ".notIso has the heartbeat \"30s\"; it takes an ISO 8601 duration from PT1S to"
                + " PT24H such as PT30S, or none")
        .anySatisfy(line -> assertThat(line).contains("blank has the heartbeat \" \""))
        .anySatisfy(line -> assertThat(line).contains("negative has the heartbeat \"PT-30S\""))
        .anySatisfy(line -> assertThat(line).contains("tooShort has the heartbeat \"PT0.999S\""))
        .anySatisfy(line -> assertThat(line).contains("tooLong has the heartbeat"))
        .anySatisfy(line -> assertThat(line).contains("muchTooLong has the heartbeat"));
    assertThat(Functions.of(List.of(new Heard()), Binding.ofDefaults()).kinds()).hasSize(3);
  }

  @Test
  void aWorkerWithoutFunctionsIsRefused() {
    assertThat(complaints(Capstan.worker())).last().asString().contains("no method has");
  }

  @Test
  void anObjectThatIsWrappedInASubclassKeepsItsFunctions() {
    assertThat(Functions.of(List.of(new Wrapped()), Binding.ofDefaults()).kinds())
        .containsExactly("function:fine");
  }

  @Test
  void addressesTokensAndFilesAreCheckedBeforeAnythingIsConnected() throws IOException {
    assertThatThrownBy(() -> Capstan.worker().server("nonsense"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7481");
    assertThat(complaints(Capstan.worker().functions(new Fine()).join("nonsense")))
        .first()
        .asString()
        .contains("join() takes a join token");
    assertThatThrownBy(() -> Capstan.worker().slots(0))
        .hasMessageContaining("slots must be from 1");
    assertThatThrownBy(() -> Capstan.worker().label("cpu", "4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("\"cpu\"", "each node counts that itself", "not cpu, memory or");
    assertThatThrownBy(() -> Capstan.worker().label("my zone", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no name of a label");
    Path file =
        Files.writeString(
            directory.resolve("node.yaml"), "distributed_workflow_engine: { nod: 1 }");
    assertThat(complaints(Capstan.worker().functions(new Fine()).config(file)).toString())
        .contains("nod");
  }

  @Test
  void aNodeThatHasNotJoinedNeedsAToken() {
    assertThatThrownBy(() ->
            Capstan.worker().functions(new Fine()).data(directory).server("127.0.0.1:1").start())
        .isInstanceOf(WorkerRefused.class)
        .hasMessageContaining("belongs to no cluster");
  }
}
