package dev.capstan.node.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.node.env.StartupRefusal.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir Path directory;

  private DataDirectory open() {
    return DataDirectory.open(directory.resolve("data"), "cluster", "node", 0);
  }

  private StartupRefusal refusal(String cluster, String node, long free) {
    StartupRefusal refusal =
        catchThrowableOfType(
            StartupRefusal.class,
            () -> DataDirectory.open(directory.resolve("data"), cluster, node, free).close());
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  void aDirectoryIsCreatedAndOpensAgainForItsNode() {
    open().close();
    try (DataDirectory again = open()) {
      assertThat(again.log()).isDirectory();
      assertThat(again.store()).isDirectory();
    }
  }

  @Test
  void aDirectoryOfAnotherNodeOrClusterIsRefused() {
    open().close();

    assertThat(refusal("cluster", "other", 0).code()).isEqualTo(Code.DIRECTORY_FOREIGN);
    assertThat(refusal("other", "node", 0))
        .satisfies(r -> assertThat(r.code()).isEqualTo(Code.DIRECTORY_FOREIGN))
        .hasMessageContaining("'cluster'")
        .hasMessageContaining("'other'");
  }

  @Test
  void aDirectoryInUseIsRefusedAndTellsTheProcess() {
    try (DataDirectory used = open()) {
      assertThat(refusal(used.cluster(), used.node(), 0))
          .satisfies(r -> assertThat(r.code()).isEqualTo(Code.DIRECTORY_LOCKED))
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void aDirectoryInUseByAnotherProcessIsRefusedAndTellsTheProcess() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                directory.resolve("data").toString())
            .start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('r');
      assertThat(refusal("cluster", "node", 0))
          .satisfies(r -> assertThat(r.code()).isEqualTo(Code.DIRECTORY_LOCKED))
          .hasMessageContaining(Long.toString(holder.pid()));
    } finally {
      holder.destroyForcibly();
      holder.waitFor(60, TimeUnit.SECONDS);
    }
    open().close();
  }

  /** Holds a directory until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      DataDirectory held = DataDirectory.open(Path.of(arguments[0]), "cluster", "node", 0);
      System.out.print('r');
      System.out.flush();
      int end = System.in.read();
      held.close();
      System.exit(end);
    }
  }

  @Test
  void aFlippedBitInTheIdentityIsRefused() throws IOException {
    open().close();
    Path file = directory.resolve("data/identity");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= 1;
      Files.write(file, flipped);

      assertThat(refusal("cluster", "node", 0).code())
          .as("byte %d", i)
          .isEqualTo(Code.IDENTITY_DAMAGED);
    }
  }

  @Test
  void dataWithoutAnIdentityIsRefused() throws IOException {
    try (DataDirectory data = open()) {
      assertThat(data.log()).isDirectory();
    }
    Files.delete(directory.resolve("data/identity"));

    assertThat(refusal("cluster", "node", 0).code()).isEqualTo(Code.IDENTITY_DAMAGED);
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    DataDirectory.writeIdentity(
        Files.createDirectories(directory.resolve("data")),
        DataDirectory.FORMAT + 1,
        "cluster",
        "node");

    assertThat(refusal("cluster", "node", 0).code()).isEqualTo(Code.FORMAT_NEWER);
  }

  @Test
  void tooLittleSpaceIsRefused() {
    assertThat(refusal("cluster", "node", Long.MAX_VALUE).code()).isEqualTo(Code.SPACE_LOW);
  }

  @Test
  void aFileInPlaceOfTheDirectoryIsRefused() throws IOException {
    Files.writeString(directory.resolve("data"), "a file");

    assertThat(refusal("cluster", "node", 0).code()).isEqualTo(Code.DIRECTORY_UNUSABLE);
  }
}
