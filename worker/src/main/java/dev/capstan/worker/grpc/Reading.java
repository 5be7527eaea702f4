package dev.capstan.worker.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.Resources;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one {@code .proto} file with all that it imports. Files below {@code google/} come with the
 * worker; others are looked for beside the first file, and then below the folder in which its
 * package begins. One that is nowhere is only an error when something in it is needed: most of
 * these hold options for generators of code. Used by one thread.
 */
final class Reading {

  static final int MOST_FILES = 200;

  private static final String FIELD = "proto.endpoint";
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;

  private final Resources resources;
  private final JsonNode endpoint;
  private final int limit;
  private final Map<String, FileDescriptor> linked = new LinkedHashMap<>();
  private final Set<String> open = new LinkedHashSet<>();
  private final Set<String> missing = new LinkedHashSet<>();
  private int bytes;

  /** Of files that have so many bytes at most, all together. */
  Reading(Resources resources, JsonNode endpoint, int limit) {
    this.resources = resources;
    this.endpoint = endpoint;
    this.limit = limit;
  }

  /** How many bytes were read. */
  int bytes() {
    return bytes;
  }

  /** The files, linked; the first one last. */
  List<FileDescriptor> files() throws InterruptedException {
    Resources.Resource first = resources.find(endpoint, FIELD, limit);
    count(first.content());
    String path = first.uri().getPath() == null ? "" : first.uri().getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    ProtoFile file = parse(name, text(first.content()));
    link(name, file, roots(path, file));
    return List.copyOf(linked.values());
  }

  /** Where imports are, relative to the first file. */
  private static List<String> roots(String path, ProtoFile file) {
    if (file.packageName().isEmpty()) {
      return List.of("");
    }
    String folder = "/" + file.packageName().replace('.', '/') + "/";
    return path.substring(0, path.lastIndexOf('/') + 1).endsWith(folder)
        ? List.of("", "../".repeat(file.packageName().split("\\.", -1).length))
        : List.of("");
  }

  private FileDescriptor link(String name, ProtoFile file, List<String> roots)
      throws InterruptedException {
    if (!open.add(name)) {
      throw Faults.proto("'" + name + "' imports itself: " + String.join(" → ", open) + ".");
    }
    List<String> found = new ArrayList<>();
    List<FileDescriptor> dependencies = new ArrayList<>();
    for (String each : new LinkedHashSet<>(file.imports())) {
      FileDescriptor dependency = imported(each, roots);
      if (dependency != null) {
        found.add(each);
        dependencies.add(dependency);
      }
    }
    open.remove(name);
    FileDescriptor descriptor = linked(file, found, dependencies);
    linked.put(name, descriptor);
    return descriptor;
  }

  private FileDescriptor linked(
      ProtoFile file, List<String> found, List<FileDescriptor> dependencies) {
    try {
      return FileDescriptor.buildFrom(
          file.descriptor(found), dependencies.toArray(FileDescriptor[]::new));
    } catch (DescriptorValidationException | IllegalArgumentException e) {
      String hint =
          missing.isEmpty() ? "" : ". These imports were not found: " + NearNames.listed(missing);
      throw Faults.proto(e.getMessage() + hint);
    }
  }

  private @Nullable FileDescriptor imported(String name, List<String> roots)
      throws InterruptedException {
    FileDescriptor known = KnownFiles.linked(name);
    FileDescriptor earlier = known == null ? linked.get(name) : known;
    if (earlier != null || missing.contains(name)) {
      return earlier;
    }
    String text = KnownFiles.text(name);
    if (text == null) {
      text = fetched(name, roots);
    }
    if (text == null) {
      missing.add(name);
      return null;
    }
    return link(name, parse(name, text), roots);
  }

  private @Nullable String fetched(String name, List<String> roots) throws InterruptedException {
    requirePlain(name);
    if (linked.size() + open.size() + missing.size() >= MOST_FILES) {
      throw Faults.proto("It imports more than " + MOST_FILES + " files.");
    }
    for (String root : roots) {
      byte[] content = content(beside(root + name));
      if (content != null) {
        count(content);
        return text(content);
      }
    }
    return null;
  }

  private byte @Nullable [] content(URI uri) throws InterruptedException {
    if (uri.getScheme().equalsIgnoreCase("file") && !Files.isRegularFile(Path.of(uri))) {
      return null;
    }
    try {
      return resources.read(authenticated(uri), FIELD, limit);
    } catch (TaskFault e) {
      if (e.fault().status() == NOT_FOUND || e.fault().status() == GONE) {
        return null;
      }
      throw e;
    }
  }

  /** Compilers refuse the same: an import must not leave its root. */
  private static void requirePlain(String name) {
    boolean plain =
        !name.contains("\\") && !name.contains(":") && !name.contains("?") && !name.contains("#");
    for (String part : name.split("/", -1)) {
      plain = plain && !part.isEmpty() && !part.equals(".") && !part.equals("..");
    }
    if (!plain) {
      throw Faults.proto("'" + name + "' can't be imported: it must be a plain relative path.");
    }
  }

  /** What stands beside the first file. */
  private URI beside(String path) {
    JsonNode uri = endpoint.isObject() ? endpoint.path("uri") : endpoint;
    try {
      return URI.create(uri.asText().strip()).resolve(path);
    } catch (IllegalArgumentException e) {
      throw Faults.proto("'" + path + "' can't be imported: 'proto.endpoint' is not a plain URI.");
    }
  }

  /** With the authentication of the first file, whose server it is. */
  private JsonNode authenticated(URI uri) {
    ObjectNode all = Json.object();
    if (endpoint instanceof ObjectNode fields) {
      all.setAll(fields);
    }
    return all.put("uri", uri.toString());
  }

  private void count(byte[] content) {
    bytes += content.length;
    if (bytes > limit) {
      throw Faults.proto("It is with its imports larger than the limit of " + limit + " bytes.");
    }
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  private static ProtoFile parse(String name, String text) {
    try {
      return ProtoFile.parse(name, text);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw Faults.proto(e.getMessage() + ".");
    }
  }
}
