package dev.capstan.verify.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The order of the house, read from its files as text. Each failure names the file, the line, and
 * what to write in its place.
 */
class TidyTest {
  private static final int LINES_OF_A_CLASS = 600;

  /** A test is a list that is read from top to bottom, so it may be longer than what it tests. */
  private static final int LINES_OF_A_TEST = 800;

  private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)\\s]*)?\\)");
  private static final Path ROOT = RepositoryFiles.ROOT;

  @Test
  void classesStaySmall() {
    List<String> faults = new ArrayList<>();
    java()
        .forEach(file -> {
          int lines = lines(file).size();
          boolean test = file.toString().contains("/src/test/");
          if (lines > (test ? LINES_OF_A_TEST : LINES_OF_A_CLASS)) {
            faults.add(
                ROOT.relativize(file)
                    + " has "
                    + lines
                    + " lines; split it by what changes together");
          }
        });
    assertThat(faults).isEmpty();
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    List<Path> packages =
        java()
            .filter(file -> file.toString().contains("/src/main/java/"))
            .filter(file -> !file.toString().contains("/examples/"))
            .map(Path::getParent)
            .distinct()
            .toList();
    assertThat(packages)
        .allSatisfy(
            folder -> assertThat(folder.resolve("package-info.java")).as("%s", folder).exists());
  }

  @Test
  void testsWaitForWhatTheyWaitFor() {
    assertThat(
            found(
                "/src/test/",
                Pattern.compile("Thread\\." + "sleep\\("),
                "wait for the condition with Awaitility"))
        .isEmpty();
  }

  @Test
  void nothingIsLeftUndone() {
    assertThat(
            found(
                "/src/",
                Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b"),
                "do it or say why not"))
        .isEmpty();
  }

  @Test
  void noTestIsSwitchedOff() {
    assertThat(
            found(
                "/src/test/",
                Pattern.compile("@(Dis" + "abled|Ig" + "nore)\\b"),
                "mend it or remove it"))
        .isEmpty();
  }

  @Test
  void fakesAreWrittenByHand() {
    assertThat(
            found(
                "/src/",
                Pattern.compile("import org\\.(mock" + "ito|easy" + "mock)"),
                "write a fake by hand"))
        .isEmpty();
  }

  @Test
  void linksInDocumentsLeadSomewhere() {
    List<String> faults = new ArrayList<>();
    files(".md")
        .forEach(file ->
            eachLine(
                file,
                (number, line) -> {
                  Matcher link = LINK.matcher(line);
                  while (link.find()) {
                    String target = link.group(1);
                    Path folder = Objects.requireNonNull(file.getParent());
                    if (!target.contains(":")
                        && !Files.exists(folder.resolve(target).normalize())) {
                      faults.add(
                          ROOT.relativize(file) + ":" + number + " leads to nothing: " + target);
                    }
                  }
                }));
    assertThat(faults).isEmpty();
  }

  private static List<String> found(String part, Pattern pattern, String instead) {
    List<String> faults = new ArrayList<>();
    java()
        .filter(file -> file.toString().contains(part))
        .forEach(file ->
            eachLine(
                file,
                (number, line) -> {
                  if (pattern.matcher(line).find()) {
                    faults.add(
                        ROOT.relativize(file)
                            + ":"
                            + number
                            + ": "
                            + line.strip()
                            + " ("
                            + instead
                            + ")");
                  }
                }));
    return faults;
  }

  private static void eachLine(Path file, BiConsumer<Integer, String> action) {
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      action.accept(i + 1, lines.get(i));
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> java() {
    return files(".java");
  }

  private static Stream<Path> files(String ending) {
    return RepositoryFiles.endingWith(ending).stream();
  }
}
