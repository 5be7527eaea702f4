package dev.capstan.worker.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of a {@code .proto} file is what {@code protoc} makes of it. */
class ProtoFileTest {

  private static final Path PROTOS = Path.of("src/test/resources/proto");

  @TempDir Path directory;

  private static List<FileDescriptor> read(Path file) throws InterruptedException {
    try (Resources resources = new Resources(new Transport("test"))) {
      return new Reading(resources, TextNode.valueOf(file.toUri().toString()), 1 << 20).files();
    }
  }

  private FileDescriptor read(String text) throws Exception {
    return read(Files.writeString(directory.resolve("x.proto"), text)).getLast();
  }

  /** Names in full, as the linker finds them, and without what no message depends on. */
  private static FileDescriptorProto comparable(FileDescriptor file) {
    FileDescriptorProto.Builder proto = file.toProto().toBuilder();
    proto.clearName().clearOptions().clearExtension().clearSourceCodeInfo().clearSyntax();
    proto.clearDependency().clearPublicDependency();
    proto.getMessageTypeBuilderList().forEach(ProtoFileTest::strip);
    proto.getEnumTypeBuilderList().forEach(ProtoFileTest::strip);
    for (var service : proto.getServiceBuilderList()) {
      service.clearOptions();
      for (var method : service.getMethodBuilderList()) {
        var linked = Objects.requireNonNull(file.findServiceByName(service.getName()));
        var known = Objects.requireNonNull(linked.findMethodByName(method.getName()));
        method
            .clearOptions()
            .setInputType(known.getInputType().getFullName())
            .setOutputType(known.getOutputType().getFullName())
            .setClientStreaming(known.isClientStreaming())
            .setServerStreaming(known.isServerStreaming());
      }
    }
    return proto.build();
  }

  private static void strip(DescriptorProto.Builder message) {
    message.clearReservedName().clearReservedRange().clearExtensionRange().clearExtension();
    boolean isEntry = message.getOptions().getMapEntry();
    message.clearOptions().getOptionsBuilder().setMapEntry(isEntry);
    message.getNestedTypeBuilderList().forEach(ProtoFileTest::strip);
    message.getEnumTypeBuilderList().forEach(ProtoFileTest::strip);
    for (FieldDescriptorProto.Builder field : message.getFieldBuilderList()) {
      boolean isPacked = field.getOptions().getPacked();
      // The linker checks and completes both: messages of both are compared below.
      field.clearType().clearTypeName().clearOptions().getOptionsBuilder().setPacked(isPacked);
      field.clearJsonName().setProto3Optional(field.getProto3Optional());
    }
    List<DescriptorProto> nested =
        message.getNestedTypeList().stream()
            .sorted(Comparator.comparing(DescriptorProto::getName))
            .toList();
    message.clearNestedType().addAllNestedType(nested);
    List<FieldDescriptorProto> fields =
        message.getFieldList().stream()
            .sorted(Comparator.comparingInt(FieldDescriptorProto::getNumber))
            .toList();
    message.clearField().addAllField(fields);
  }

  private static void strip(EnumDescriptorProto.Builder enumeration) {
    enumeration.clearOptions().clearReservedName().clearReservedRange();
    enumeration.getValueBuilderList().forEach(value -> value.clearOptions());
  }

  private static void assertSame(FileDescriptor ours, FileDescriptor theirs) {
    assertThat(comparable(ours)).isEqualTo(comparable(theirs));
    for (var type : theirs.getMessageTypes()) {
      assertSame(Objects.requireNonNull(ours.findMessageTypeByName(type.getName())), type);
    }
  }

  private static void assertSame(
      com.google.protobuf.Descriptors.Descriptor ours,
      com.google.protobuf.Descriptors.Descriptor theirs) {
    for (var field : theirs.getFields()) {
      var mine = Objects.requireNonNull(ours.findFieldByNumber(field.getNumber()));
      assertThat(mine.getType()).as(field.getFullName()).isEqualTo(field.getType());
      assertThat(mine.getJsonName()).as(field.getFullName()).isEqualTo(field.getJsonName());
      assertThat(mine.isPacked()).as(field.getFullName()).isEqualTo(field.isPacked());
      assertThat(mine.isMapField()).as(field.getFullName()).isEqualTo(field.isMapField());
      assertThat(mine.hasPresence()).as(field.getFullName()).isEqualTo(field.hasPresence());
      switch (field.getJavaType()) {
        case MESSAGE ->
            assertThat(mine.getMessageType().getFullName())
                .isEqualTo(field.getMessageType().getFullName());
        case ENUM ->
            assertThat(mine.getEnumType().getFullName())
                .isEqualTo(field.getEnumType().getFullName());
        default -> {
          if (!field.isRepeated()) {
            assertThat(mine.getDefaultValue()).isEqualTo(field.getDefaultValue());
          }
        }
      }
    }
    for (var nested : theirs.getNestedTypes()) {
      assertSame(Objects.requireNonNull(ours.findNestedTypeByName(nested.getName())), nested);
    }
  }

  @Test
  void theFilesOfTheTestsAreWhatProtocMakesOfThem() throws Exception {
    Map<String, FileDescriptor> theirs = GrpcSite.protos();
    Map<String, FileDescriptor> ours =
        read(PROTOS.resolve("shop/orders/v1/orders.proto")).stream()
            .collect(Collectors.toMap(FileDescriptor::getName, Function.identity()));

    for (String name :
        List.of("shop/common/units.proto", "shop/common/ranges.proto", "google/type/money.proto")) {
      assertSame(Objects.requireNonNull(ours.get(name)), Objects.requireNonNull(theirs.get(name)));
    }
    assertSame(
        Objects.requireNonNull(ours.get("orders.proto")),
        Objects.requireNonNull(theirs.get("shop/orders/v1/orders.proto")));
  }

  @Test
  void thoseOfThisEngineAre() throws Exception {
    Path protos = Path.of("../api/src/main/proto/capstan/v1");

    assertSame(read(protos.resolve("session.proto")).getLast(), Dispatch.getDescriptor().getFile());
    assertSame(
        read(protos.resolve("executions.proto")).getLast(), RunRequest.getDescriptor().getFile());
  }

  @ParameterizedTest
  @ValueSource(strings = {"descriptor", "struct", "type", "api", "wrappers", "field_mask"})
  void thoseOfProtocolBuffersAre(String name) throws Exception {
    String file = "google/protobuf/" + name + ".proto";

    assertSame(
        read(Objects.requireNonNull(KnownFiles.text(file))),
        Objects.requireNonNull(KnownFiles.linked(file)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "syntax = \"proto3\"; message A { int32 x 1; } | x.proto:1:41: expected '='",
        "syntax = \"proto3\"; message A { Missing x = 1; } | \"Missing\" is not defined",
        "syntax = \"proto3\"; message A { int32 x = 1; int32 y = 1; } | Field number 1 has already been used",
        "syntax = \"proto3\"; import \"other/thing.proto\"; message A { Thing x = 1; } | These imports were not found: 'other/thing.proto'",
        "syntax = \"proto3\"; import \"../secret.proto\"; | '../secret.proto' can't be imported",
        "syntax = \"proto3\"; import \"/etc/secret.proto\"; | can't be imported",
        "syntax = \"proto3\"; import \"http://127.0.0.1/x.proto\"; | can't be imported",
        "syntax = \"proto3\"; import \"x.proto\"; | 'x.proto' imports itself: x.proto",
        "edition = \"2023\"; | edition is not currently supported",
        "<html></html> | Syntax error in x.proto:1:1",
      })
  void whatCanNotBeReadIsAConfigurationErrorThatSaysWhy(String text, String detail) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOfSatisfying(
            TaskFault.class,
            e -> {
              assertThat(e.fault().type()).endsWith("/configuration");
              assertThat(e.fault().title()).isEqualTo("Unusable proto");
              assertThat(e.fault().detail()).contains(detail);
            });
  }

  @Test
  void anImportThatNothingNeedsMayBeMissing() throws Exception {
    FileDescriptor file =
        read(
            """
            syntax = "proto3";
            import "validate/validate.proto";
            message A { string x = 1 [(validate.rules).string.min_len = 1]; }
            """);

    assertThat(file.findMessageTypeByName("A")).isNotNull();
  }
}
