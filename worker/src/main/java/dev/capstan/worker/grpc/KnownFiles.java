package dev.capstan.worker.grpc;

import com.google.protobuf.AnyProto;
import com.google.protobuf.ApiProto;
import com.google.protobuf.DescriptorProtos;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.FieldMaskProto;
import com.google.protobuf.SourceContextProto;
import com.google.protobuf.StructProto;
import com.google.protobuf.TimestampProto;
import com.google.protobuf.TypeProto;
import com.google.protobuf.WrappersProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Files below {@code google/} that come with a worker, as they come with compilers. */
final class KnownFiles {

  private static final Map<String, FileDescriptor> LINKED =
      List.of(
              AnyProto.getDescriptor(),
              ApiProto.getDescriptor(),
              DescriptorProtos.getDescriptor(),
              DurationProto.getDescriptor(),
              EmptyProto.getDescriptor(),
              FieldMaskProto.getDescriptor(),
              SourceContextProto.getDescriptor(),
              StructProto.getDescriptor(),
              TimestampProto.getDescriptor(),
              TypeProto.getDescriptor(),
              WrappersProto.getDescriptor())
          .stream()
          .collect(Collectors.toMap(FileDescriptor::getName, Function.identity()));

  private KnownFiles() {}

  /** The descriptor of a file of well-known types; null when it is none. */
  static @Nullable FileDescriptor linked(String name) {
    return LINKED.get(name);
  }

  /** The text of another one, of {@code google.api}, {@code google.rpc} and so on; or null. */
  static @Nullable String text(String name) {
    if (!name.startsWith("google/") || !name.endsWith(".proto")) {
      return null;
    }
    try (InputStream in = FileDescriptor.class.getClassLoader().getResourceAsStream(name)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
