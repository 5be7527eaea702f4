package dev.capstan.worker.process;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds what tasks may need on a machine: programs on the search path and graphics processors among
 * its devices. Starts no program, so that it can be asked often. Safe for any thread.
 */
public final class Tools {
  private static final List<String> PROGRAMS = List.of("node", "python3");

  /** The first that is there is the one that is named. */
  private static final List<String> CONTAINER_ENGINES = List.of("docker", "podman", "nerdctl");

  private final String searchPath;
  private final Path devices;

  /**
   * @param searchPath as in the variable PATH
   * @param devices directory of device files
   */
  public Tools(String searchPath, Path devices) {
    this.searchPath = searchPath;
    this.devices = devices;
  }

  /** Those of this machine. */
  public static Tools ofThisMachine() {
    String path = System.getenv("PATH");
    return new Tools(path == null ? "" : path, Path.of("/dev"));
  }

  /**
   * What is there: {@code os} and {@code arch} always; {@code node}, {@code python3}, {@code
   * container} (its engine), {@code gpu} and {@code gpus} (how many) where there is one.
   */
  public Map<String, String> find() {
    Map<String, String> found = new TreeMap<>();
    found.put("os", system(System.getProperty("os.name", "")));
    found.put("arch", System.getProperty("os.arch", ""));
    for (String program : PROGRAMS) {
      if (Programs.find(program, searchPath).isPresent()) {
        found.put(program, "true");
      }
    }
    CONTAINER_ENGINES.stream()
        .filter(engine -> Programs.find(engine, searchPath).isPresent())
        .findFirst()
        .ifPresent(engine -> found.put("container", engine));
    int gpus = graphicsProcessors();
    if (gpus > 0) {
      found.put("gpu", "true");
      found.put("gpus", Integer.toString(gpus));
    }
    return found;
  }

  private static String system(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("windows") ? "windows" : lower.startsWith("mac") ? "macos" : lower;
  }

  /**
   * Those of Nvidia have a numbered device each; AMD's that can compute have a render node each
   * beside one {@code kfd}. A render node alone may be a screen's.
   */
  private int graphicsProcessors() {
    int nvidia = count(devices, "nvidia[0-9]*");
    return nvidia > 0 || !Files.exists(devices.resolve("kfd"))
        ? nvidia
        : count(devices.resolve("dri"), "renderD*");
  }

  private static int count(Path directory, String pattern) {
    int count = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, pattern)) {
      for (Path _ : files) {
        count++;
      }
    } catch (IOException | DirectoryIteratorException e) {
      return 0;
    }
    return count;
  }
}
