package dev.capstan.node.joining;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.KeyFiles;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.UnusableFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a node keeps of its cluster in its data directory: {@code security/} with its keys and, on a
 * coordinator, the authorities, and {@code log-made} once it has a log; {@code coordinators} with
 * the addresses that it knew last; {@code peers} on a coordinator with where the others replicate;
 * {@code partitions} with the number of them, where there are several; {@code founding} on the
 * first coordinator of a cluster until it has stored what stands there.
 */
public final class NodeHome {
  private static final String SECURITY = "security";
  private static final String COORDINATORS = "coordinators";
  private static final String PEERS = "peers";
  private static final String FOUNDING = "founding";
  private static final String LOG = "log";
  private static final String LOG_FILES = "current";

  /** Beside the keys, since it says that these have signed votes. */
  private static final String LOG_MADE = SECURITY + "/log-made";

  private static final String PARTITIONS = "partitions";

  private final Path data;
  private final KeyFiles keys;

  private NodeHome(Path data, KeyFiles keys) {
    this.data = data;
    this.keys = keys;
  }

  /**
   * The home in a data directory, which is made when it is missing.
   *
   * @throws StartupRefusal if it can't be used, or others may read keys in it
   */
  public static NodeHome open(Path data) {
    try {
      Files.createDirectories(data);
      return new NodeHome(data, KeyFiles.open(data.resolve(SECURITY)));
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  /** Whether a directory is that of a node; it is not made. */
  public static boolean isOne(Path data) {
    return Files.isDirectory(data) && open(data).identity() != null;
  }

  /** The data directory. */
  public Path data() {
    return data;
  }

  /** The node's keys and certificates. */
  public KeyFiles keys() {
    return keys;
  }

  /** Who this node is; null before it has joined a cluster. */
  public @Nullable NodeIdentity identity() {
    try {
      Credential credential = keys.credential(Purpose.NODES);
      return credential == null ? null : credential.identity();
    } catch (IOException | CertificateException e) {
      throw unusable(data, e);
    }
  }

  /**
   * Who this node is.
   *
   * @param role what it is to be started as
   * @throws StartupRefusal if it belongs to no cluster, or has the other role
   */
  public NodeIdentity require(Role role) {
    NodeIdentity identity = identity();
    if (identity == null) {
      throw new StartupRefusal(
          StartupRefusal.Code.NOT_JOINED,
          "The data directory " + data + " belongs to no cluster",
          "A node needs a certificate of its cluster",
          role == Role.COORDINATOR
              ? "make a cluster (capstan cluster init), or join one: on a node of it capstan cluster"
                  + " join-token --role coordinator, here capstan server --join TOKEN"
              : "join one: on a coordinator capstan cluster join-token --role worker, here capstan"
                  + " worker --join TOKEN",
          null);
    }
    if (identity.role() != role) {
      throw new StartupRefusal(
          StartupRefusal.Code.DIRECTORY_FOREIGN,
          "The data directory " + data + " is that of " + identity.shown(),
          "It was asked to start as a " + role.word(),
          "start it as what it is, or point this node at its own data directory (--data)",
          null);
    }
    return identity;
  }

  /** The authorities; null on a node that has none. */
  public @Nullable Authorities authorities() {
    try {
      return Authorities.load(data.resolve(SECURITY));
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  /** Keeps the authorities, which a coordinator has. */
  public void store(Authorities authorities) throws IOException {
    authorities.store(data.resolve(SECURITY));
  }

  /** Where coordinators were last, for gRPC. */
  public List<HostPort> coordinators() {
    Path file = data.resolve(COORDINATORS);
    try {
      return Files.exists(file)
          ? Files.readAllLines(file, StandardCharsets.UTF_8).stream()
              .map(HostPort::parse)
              .flatMap(Optional::stream)
              .toList()
          : List.of();
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  /** Remembers where coordinators are. */
  public void remember(List<HostPort> addresses) throws IOException {
    if (!addresses.isEmpty() && !addresses.equals(coordinators())) {
      write(
          COORDINATORS,
          String.join("\n", addresses.stream().map(HostPort::toString).toList()) + "\n");
    }
  }

  /**
   * Where the coordinators were last for each other, by name. The cluster's state has it too, but a
   * replica knows its state only when a leader has told how much of the log is committed, and there
   * is no leader until the replicas reach each other.
   */
  public Map<String, HostPort> peers() {
    Map<String, HostPort> peers = new TreeMap<>();
    Path file = data.resolve(PEERS);
    try {
      for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
        String[] words = line.split(" ", 2);
        HostPort.parse(words[words.length - 1]).ifPresent(place -> peers.put(words[0], place));
      }
      return peers;
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  /** Remembers where the coordinators are for each other. */
  public void rememberPeers(Map<String, HostPort> peers) throws IOException {
    StringBuilder text = new StringBuilder();
    peers.forEach((name, place) -> text.append(name).append(' ').append(place).append('\n'));
    write(PEERS, text.toString());
  }

  /** Into how many partitions the state of the cluster is divided. */
  public int partitions() {
    Path file = data.resolve(PARTITIONS);
    try {
      return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 1;
    } catch (IOException | NumberFormatException e) {
      throw unusable(data, e);
    }
  }

  /** Keeps into how many partitions the state of the cluster is divided. */
  public void storePartitions(int count) throws IOException {
    if (count != partitions()) {
      write(PARTITIONS, count + "\n");
    }
  }

  /** What the first coordinator has not stored yet; null on any other. */
  public @Nullable Founding founding() {
    Path file = data.resolve(FOUNDING);
    try {
      return Files.exists(file) ? Founding.parse(Files.readString(file)) : null;
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(data, e);
    }
  }

  /** Keeps what the first coordinator has to store when its cluster begins. */
  public void found(Founding founding) throws IOException {
    write(FOUNDING, founding.text());
  }

  /** Forgets what has been stored. */
  public void founded() throws IOException {
    if (Files.deleteIfExists(data.resolve(FOUNDING))) {
      DataDirectory.syncDirectory(data);
    }
  }

  /**
   * Lets a coordinator start only with the log that it had, if it had one: an empty log under a
   * name that has voted and acknowledged entries would let a majority forget them.
   *
   * @throws StartupRefusal if the log is gone
   */
  public void requireLog() {
    if (!Files.exists(data.resolve(LOG_MADE)) || hasLog()) {
      return;
    }
    throw new StartupRefusal(
        StartupRefusal.Code.LOG_LOST,
        "The coordinator in "
            + data
            + " had a replicated log, and "
            + data.resolve(LOG)
            + " holds none any more",
        "Under its old name it has voted and acknowledged work, which an empty log knows nothing of",
        "put it out of the cluster (on another coordinator: capstan cluster remove NAME), then join"
            + " with an empty data directory and another name; if the log can be restored as it was"
            + " when the coordinator stopped, restore it",
        null);
  }

  private boolean hasLog() {
    Path log = data.resolve(LOG);
    if (!Files.isDirectory(log)) {
      return false;
    }
    try (Stream<Path> groups = Files.list(log)) {
      for (Path group : groups.toList()) {
        if (Files.isDirectory(group.resolve(LOG_FILES))) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  /** This node has a log from now on; durable when this returns. */
  public void logMade() {
    if (Files.exists(data.resolve(LOG_MADE))) {
      return;
    }
    try {
      write(LOG_MADE, "This coordinator has a replicated log and must not start without it.\n");
    } catch (IOException e) {
      throw unusable(data, e);
    }
  }

  private void write(String name, String text) throws IOException {
    Path fresh = data.resolve(name + ".new");
    try (FileChannel file =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Path target = data.resolve(name);
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DataDirectory.syncDirectory(Objects.requireNonNull(target.getParent(), "it is in a directory"));
  }

  static StartupRefusal unusable(Path data, Exception cause) {
    boolean told = cause instanceof UnusableFileException;
    return new StartupRefusal(
        StartupRefusal.Code.KEYS_UNUSABLE,
        told
            ? String.valueOf(cause.getMessage())
            : "What " + data + " holds of the cluster can't be read (" + cause + ")",
        "Without its keys a node can't prove who it is",
        "correct the file, restore it from a backup, or join anew with an empty data directory",
        cause);
  }
}
