package dev.capstan.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * An engine of the test's own: Podman with its store below a directory, or, with {@code
 * -Dcontainers.socket}, one that is there already and speaks with the program {@code docker}. Its
 * images are made from the machine's static busybox.
 */
public final class ContainerEngine implements AutoCloseable {

  /** An image with a shell and the usual small programs. */
  public static final String IMAGE = "localhost/capstan-test:1";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Limits that a process without any rights may set, and no driver that a machine may lack. */
  private static final String SETTINGS =
      """
      [containers]
      default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
      [engine]
      cgroup_manager = "cgroupfs"
      events_logger = "file"
      """;

  private static final List<String> PROGRAMS =
      List.of("sh", "cat", "echo", "env", "head", "nc", "sleep", "touch", "true", "yes", "httpd");

  private final Path directory;
  private final ImageRegistry registry;
  private final @Nullable String foreign = System.getProperty("containers.socket");
  private @Nullable Process service;

  private ContainerEngine(Path directory, ImageRegistry registry) {
    this.directory = directory;
    this.registry = registry;
  }

  /** Starts it, with its image. */
  public static ContainerEngine start(Path directory) throws IOException {
    ImageRegistry registry = ImageRegistry.start(directory.resolve("registry"));
    ContainerEngine engine = new ContainerEngine(directory, registry);
    Files.writeString(engine.settings(), SETTINGS + runtime());
    Files.writeString(
        engine.registries(),
        """
        [[registry]]
        location = "%1$s"
        insecure = true
        [[registry]]
        prefix = "docker.io"
        location = "%1$s"
        insecure = true
        """
            .formatted(registry.address()));
    try {
      engine.begin();
      engine.makeImage();
      return engine;
    } catch (IOException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  /** Why none can be started and used here, if so. */
  static Optional<String> obstacle() {
    try {
      Path directory = Files.createTempDirectory("capstan-engine");
      try (ContainerEngine engine = start(directory)) {
        engine.cli("run", "--rm", IMAGE, "true");
        return Optional.empty();
      } finally {
        remove(directory);
      }
    } catch (IOException | RuntimeException e) {
      return Optional.of("no container engine can be started here: " + e.getMessage());
    }
  }

  /** Whether it can be ended and begun again. */
  public boolean isOwn() {
    return foreign == null;
  }

  /** Where it listens. */
  public Path socket() {
    return foreign == null ? directory.resolve("engine.sock") : Path.of(foreign);
  }

  /** Gives out {@link #IMAGE}, or what was offered, under any name to an engine that is ours. */
  ImageRegistry registry() {
    return registry;
  }

  private Path registries() {
    return directory.resolve("registries.conf");
  }

  private Path settings() {
    return directory.resolve("containers.conf");
  }

  /** The one that runs where control groups can't be changed, if it is installed. */
  private static String runtime() {
    return Files.isExecutable(Path.of("/usr/sbin/runc")) ? "runtime = \"runc\"\n" : "";
  }

  /** Begins to serve, also after {@link #end}. */
  public void begin() throws IOException {
    if (foreign == null) {
      service =
          process(command("system", "service", "--time=0", "unix://" + socket()))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("service.log").toFile())
              .start();
      Process started = service;
      Awaitility.await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> Files.exists(socket()) || !started.isAlive());
      if (!started.isAlive()) {
        throw new IOException(Files.readString(directory.resolve("service.log")).strip());
      }
    }
  }

  /** Serves no more; containers go on. */
  public void end() throws IOException {
    Process running = service;
    if (running != null) {
      running.destroy();
      try {
        if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          running.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Files.deleteIfExists(socket());
      service = null;
    }
  }

  private void makeImage() throws IOException {
    Path root = directory.resolve("image");
    Path programs = Files.createDirectories(root.resolve("bin"));
    Files.createDirectories(root.resolve("tmp"));
    Files.copy(busybox(), programs.resolve("busybox"));
    for (String program : PROGRAMS) {
      Files.createSymbolicLink(programs.resolve(program), Path.of("busybox"));
    }
    Path archive = directory.resolve("image.tar");
    run(new ProcessBuilder("tar", "-C", root.toString(), "-cf", archive.toString(), "."));
    cli("import", archive.toString(), IMAGE);
    if (isOwn()) {
      offer(IMAGE);
    }
  }

  /**
   * From now on the registry gives out this image instead of the one before, under any name. An
   * engine that {@link #isOwn} takes it for Docker Hub.
   */
  public void offer(String image) {
    cli("save", "--format=docker-dir", "--output=" + directory.resolve("registry"), image);
  }

  /** Makes another image of the same programs, with a changed configuration. */
  public void makeImage(String name, String... changes) {
    List<String> arguments = new ArrayList<>(List.of("import"));
    for (String change : changes) {
      arguments.addAll(List.of("--change", change));
    }
    arguments.add(directory.resolve("image.tar").toString());
    arguments.add(name);
    cli(arguments.toArray(String[]::new));
  }

  private static Path busybox() throws IOException {
    return Stream.of("/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IOException("there is no busybox"));
  }

  /** Runs a command of the engine's own program, and gives what it prints. */
  public String cli(String... arguments) {
    return run(process(command(arguments)));
  }

  private List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            foreign == null
                ? List.of(
                    "podman",
                    "--root=" + directory.resolve("store"),
                    "--runroot=" + directory.resolve("run"),
                    "--storage-driver=vfs")
                : List.of("docker", "--host=unix://" + foreign));
    command.addAll(List.of(arguments));
    return command;
  }

  private ProcessBuilder process(List<String> command) {
    ProcessBuilder process = new ProcessBuilder(command);
    process.environment().put("CONTAINERS_CONF", settings().toString());
    process.environment().put("CONTAINERS_REGISTRIES_CONF", registries().toString());
    return process;
  }

  private static String run(ProcessBuilder builder) {
    try {
      Process process = builder.redirectErrorStream(true).start();
      process.getOutputStream().close();
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", builder.command()) + ": " + printed);
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The names of all containers that {@code filters} (of the program) let through. */
  public List<String> containers(String... filters) {
    List<String> arguments = new ArrayList<>(List.of("ps", "--all", "--format={{.Names}}"));
    for (String filter : filters) {
      arguments.add("--filter=" + filter);
    }
    return cli(arguments.toArray(String[]::new)).lines().toList();
  }

  /** Removes all containers that tests have made. */
  public void clear() {
    List<String> ids =
        cli("ps", "--all", "--quiet", "--filter=label=dev.capstan.owner").lines().toList();
    if (!ids.isEmpty()) {
      List<String> arguments = new ArrayList<>(List.of("rm", "--force", "--volumes"));
      if (foreign == null) {
        arguments.add("--time=0");
      }
      arguments.addAll(ids);
      cli(arguments.toArray(String[]::new));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (service != null) {
        clear();
      }
    } finally {
      end();
      registry.close();
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
