package dev.capstan.verify.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * When leaderships began, as the coordinators' logs say. A coordinator says that it leads a
 * partition when a majority has the first entry of its term and it has applied that: it is the
 * first commit after the last leader. All run on this machine, so their clocks are the same.
 */
final class Leaderships {
  private static final Pattern LEADS =
      Pattern.compile("(\\S+) INFO \\S+ This coordinator leads (\\S+) in term .*");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSZ");

  private final Path folder;

  /**
   * @param folder in which each node has its data in a folder with its name
   */
  Leaderships(Path folder) {
    this.folder = folder;
  }

  /**
   * How many milliseconds after a moment the first of these coordinators led a partition.
   *
   * @throws AssertionError if none did
   */
  double firstOf(List<String> coordinators, int partition, Instant moment) {
    String group = partition == 0 ? "main" : "p" + partition;
    return coordinators.stream()
        .flatMap(this::lines)
        .map(LEADS::matcher)
        .filter(line -> line.matches() && line.group(2).equals(group))
        .map(Leaderships::time)
        .filter(time -> !time.isBefore(moment))
        .min(Instant::compareTo)
        .map(time -> Duration.between(moment, time).toNanos() / 1e6)
        .orElseThrow(() ->
            new AssertionError("none of " + coordinators + " led " + group + " after " + moment));
  }

  private static Instant time(Matcher line) {
    return TIME.parse(line.group(1), Instant::from);
  }

  private Stream<String> lines(String coordinator) {
    return Stream.of("capstan.log.1", "capstan.log.0")
        .map(name -> folder.resolve(coordinator).resolve(name))
        .flatMap(file -> read(file).stream());
  }

  private static List<String> read(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
