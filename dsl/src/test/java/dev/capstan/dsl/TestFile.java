package dev.capstan.dsl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A file of the test resources; prints as its name. */
record TestFile(String name, String text) {

  /** The files directly in a folder of the test resources, by name. */
  static List<TestFile> in(String folder) {
    URL url = Objects.requireNonNull(TestFile.class.getClassLoader().getResource(folder), folder);
    try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
      return files.filter(Files::isRegularFile).sorted().map(TestFile::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(folder, e);
    }
  }

  private static TestFile read(Path file) {
    try {
      return new TestFile(file.getFileName().toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
