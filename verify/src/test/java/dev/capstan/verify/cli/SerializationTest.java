package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.cli.Capstan;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No process of the program makes objects of a stream of Java's own serialization. */
class SerializationTest {
  @TempDir Path directory;

  @Test
  void theProgramReadsNoSerializedObjects() {
    List<String> command = Shell.program();
    command.set(command.size() - 1, Reader.class.getName());
    // The program's own class path has no classes of tests.
    command.set(command.indexOf("-cp") + 1, System.getProperty("java.class.path"));
    command.add("version");

    Ended ended = run(command);

    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("refused java.util.ArrayList");
  }

  @Test
  void aFilterOfSomebodyElseStopsTheStart() {
    List<String> command = Shell.program();
    command.add(1, "-Djdk.serialFilter=java.base/*");
    command.add("version");

    Ended ended = run(command);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("Another filter", "remove -Djdk.serialFilter");
  }

  private Ended run(List<String> command) {
    try (Started started = Shell.in(directory).launch(command)) {
      return started.awaitEnd();
    }
  }

  /** The program, and at its end what a library could do that takes such a stream. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) {
      Runtime.getRuntime().addShutdownHook(new Thread(Reader::read));
      Capstan.main(arguments);
    }

    private static void read() {
      try {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
          out.writeObject(new ArrayList<>(List.of("x")));
        }
        try (ObjectInputStream in =
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
          System.out.println("made " + in.readObject().getClass().getName());
        }
      } catch (InvalidClassException e) {
        System.out.println("refused java.util.ArrayList: " + e.getMessage());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
