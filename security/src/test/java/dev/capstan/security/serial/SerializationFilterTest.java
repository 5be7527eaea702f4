package dev.capstan.security.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The filter is of the whole process, so where it is installed there are other processes. */
class SerializationFilterTest {
  @Test
  void aGadgetIsNotEvenMade() throws Exception {
    Gadget.made = false;
    byte[] bytes = serialized(new Gadget());
    assertThatThrownBy(() -> read(bytes, List.of()))
        .isInstanceOf(InvalidClassException.class)
        .hasMessageContaining("REJECTED");
    assertThat(Gadget.made).isFalse();
    assertThat(read(bytes, List.of(Gadget.class.getName()))).isInstanceOf(Gadget.class);
    assertThat(Gadget.made).isTrue();
  }

  @Test
  void onlyWhatIsListedComesThrough() throws Exception {
    assertThat(read(serialized(7), List.of("java.lang.Integer", "java.lang.Number"))).isEqualTo(7);
    byte[] list = serialized(new ArrayList<>(List.of(1)));
    assertThatThrownBy(() -> read(list, List.of("java.lang.Integer", "java.lang.Number")))
        .isInstanceOf(InvalidClassException.class);
  }

  @Test
  void theWholeProcessIsGuardedAndASecondCallDoesNothing() throws Exception {
    assertThat(forked()).isEqualTo("rejected java.util.ArrayList");
  }

  @Test
  void aFilterOfSomebodyElseIsAnError() throws Exception {
    assertThat(forked("-Djdk.serialFilter=java.base/*"))
        .startsWith("refused Another filter")
        .contains("remove -Djdk.serialFilter");
  }

  private static Object read(byte[] bytes, List<String> allowed) throws Exception {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      in.setObjectInputFilter(SerializationFilter.filter(allowed));
      return in.readObject();
    }
  }

  private static byte[] serialized(Object object) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  private static String forked(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Guarded.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return output.substring(output.lastIndexOf('\n') + 1);
  }

  /** Stands for the classes whose objects do harm while they are read. */
  static final class Gadget implements Serializable {
    private static final long serialVersionUID = 1;
    static boolean made;

    private void readObject(ObjectInputStream in) throws Exception {
      in.defaultReadObject();
      made = true;
    }
  }

  /** A process of its own that installs the filter. */
  static final class Guarded {
    private Guarded() {}

    public static void main(String[] arguments) throws Exception {
      byte[] bytes = serialized(new ArrayList<>(List.of(1)));
      try {
        SerializationFilter.install();
        SerializationFilter.install();
      } catch (IllegalStateException e) {
        System.out.println("refused " + e.getMessage());
        return;
      }
      try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
        System.out.println("read " + in.readObject());
      } catch (InvalidClassException _) {
        System.out.println("rejected java.util.ArrayList");
      }
    }
  }
}
