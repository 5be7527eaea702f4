package dev.capstan.worker.grpc;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.squareup.wire.Syntax;
import com.squareup.wire.schema.Field;
import com.squareup.wire.schema.Location;
import com.squareup.wire.schema.internal.parser.EnumConstantElement;
import com.squareup.wire.schema.internal.parser.EnumElement;
import com.squareup.wire.schema.internal.parser.FieldElement;
import com.squareup.wire.schema.internal.parser.GroupElement;
import com.squareup.wire.schema.internal.parser.MessageElement;
import com.squareup.wire.schema.internal.parser.OneOfElement;
import com.squareup.wire.schema.internal.parser.OptionElement;
import com.squareup.wire.schema.internal.parser.ProtoFileElement;
import com.squareup.wire.schema.internal.parser.ProtoParser;
import com.squareup.wire.schema.internal.parser.RpcElement;
import com.squareup.wire.schema.internal.parser.ServiceElement;
import com.squareup.wire.schema.internal.parser.TypeElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .proto} file that was parsed, and its descriptor. Names are resolved and rules checked
 * when descriptors are linked, not here. Extensions and options that no message depends on are left
 * out.
 */
final class ProtoFile {

  private static final Pattern MAP = Pattern.compile("map<\\s*([\\w.]+)\\s*,\\s*([\\w.]+)\\s*>");

  private static final Map<String, FieldDescriptorProto.Type> SCALARS =
      Map.ofEntries(
          Map.entry("double", FieldDescriptorProto.Type.TYPE_DOUBLE),
          Map.entry("float", FieldDescriptorProto.Type.TYPE_FLOAT),
          Map.entry("int32", FieldDescriptorProto.Type.TYPE_INT32),
          Map.entry("int64", FieldDescriptorProto.Type.TYPE_INT64),
          Map.entry("uint32", FieldDescriptorProto.Type.TYPE_UINT32),
          Map.entry("uint64", FieldDescriptorProto.Type.TYPE_UINT64),
          Map.entry("sint32", FieldDescriptorProto.Type.TYPE_SINT32),
          Map.entry("sint64", FieldDescriptorProto.Type.TYPE_SINT64),
          Map.entry("fixed32", FieldDescriptorProto.Type.TYPE_FIXED32),
          Map.entry("fixed64", FieldDescriptorProto.Type.TYPE_FIXED64),
          Map.entry("sfixed32", FieldDescriptorProto.Type.TYPE_SFIXED32),
          Map.entry("sfixed64", FieldDescriptorProto.Type.TYPE_SFIXED64),
          Map.entry("bool", FieldDescriptorProto.Type.TYPE_BOOL),
          Map.entry("string", FieldDescriptorProto.Type.TYPE_STRING),
          Map.entry("bytes", FieldDescriptorProto.Type.TYPE_BYTES));

  private final String name;
  private final ProtoFileElement file;
  private final boolean isProto3;

  private ProtoFile(String name, ProtoFileElement file) {
    this.name = name;
    this.file = file;
    this.isProto3 = file.getSyntax() == Syntax.PROTO_3;
  }

  /**
   * Parses a file.
   *
   * @throws IllegalStateException when it can't be; its message says where and why
   */
  static ProtoFile parse(String name, String text) {
    return new ProtoFile(
        name, new ProtoParser(Location.get(name), text.toCharArray()).readProtoFile());
  }

  /** The package that the file declares; empty when it declares none. */
  String packageName() {
    String declared = file.getPackageName();
    return declared == null ? "" : declared;
  }

  /** What it imports, as written. */
  List<String> imports() {
    List<String> imports = new ArrayList<>(file.getImports());
    imports.addAll(file.getPublicImports());
    imports.addAll(file.getWeakImports());
    return imports;
  }

  /**
   * The file as a descriptor that is not linked.
   *
   * @param found those of its imports that there are
   */
  FileDescriptorProto descriptor(List<String> found) {
    FileDescriptorProto.Builder proto = FileDescriptorProto.newBuilder().setName(name);
    proto.setSyntax(isProto3 ? "proto3" : "proto2").setPackage(packageName());
    for (String each : found) {
      if (file.getPublicImports().contains(each)) {
        proto.addPublicDependency(proto.getDependencyCount());
      }
      proto.addDependency(each);
    }
    for (TypeElement type : file.getTypes()) {
      if (type instanceof MessageElement message) {
        proto.addMessageType(message(message));
      } else if (type instanceof EnumElement each) {
        proto.addEnumType(enumeration(each));
      }
    }
    file.getServices().forEach(service -> proto.addService(service(service)));
    return proto.build();
  }

  private DescriptorProto message(MessageElement message) {
    DescriptorProto.Builder proto = DescriptorProto.newBuilder().setName(message.getName());
    for (TypeElement type : message.getNestedTypes()) {
      if (type instanceof MessageElement nested) {
        proto.addNestedType(message(nested));
      } else if (type instanceof EnumElement nested) {
        proto.addEnumType(enumeration(nested));
      }
    }
    message.getFields().forEach(field -> proto.addField(field(field, proto)));
    message.getGroups().forEach(group -> proto.addField(group(group, proto)));
    message.getOneOfs().forEach(choice -> addOneOf(choice, proto));
    addOneOfsOfOptionals(proto);
    return proto.build();
  }

  private void addOneOf(OneOfElement choice, DescriptorProto.Builder message) {
    int index = message.getOneofDeclCount();
    message.addOneofDeclBuilder().setName(choice.getName());
    for (FieldElement field : choice.getFields()) {
      message.addField(field(field, message).setOneofIndex(index));
    }
    for (GroupElement group : choice.getGroups()) {
      message.addField(group(group, message).setOneofIndex(index));
    }
  }

  /** An optional field of proto3 is alone in a choice, after those of the author. */
  private static void addOneOfsOfOptionals(DescriptorProto.Builder message) {
    for (FieldDescriptorProto.Builder field : message.getFieldBuilderList()) {
      if (field.getProto3Optional()) {
        field.setOneofIndex(message.getOneofDeclCount());
        message.addOneofDeclBuilder().setName("_" + field.getName());
      }
    }
  }

  private FieldDescriptorProto.Builder field(FieldElement field, DescriptorProto.Builder message) {
    FieldDescriptorProto.Builder proto = FieldDescriptorProto.newBuilder();
    proto.setName(field.getName()).setNumber(field.getTag());
    Matcher map = MAP.matcher(field.getType());
    if (map.matches()) {
      String entry = entryName(field.getName());
      message.addNestedType(entry(entry, map.group(1), map.group(2)));
      proto.setLabel(FieldDescriptorProto.Label.LABEL_REPEATED).setTypeName(entry);
    } else {
      proto.setLabel(label(field.getLabel()));
      setType(proto, field.getType());
    }
    proto.setProto3Optional(isProto3 && field.getLabel() == Field.Label.OPTIONAL);
    if (field.getDefaultValue() != null) {
      proto.setDefaultValue(field.getDefaultValue());
    }
    if (field.getJsonName() != null) {
      proto.setJsonName(field.getJsonName());
    }
    for (OptionElement option : field.getOptions()) {
      if (option.getName().equals("packed") && !option.isParenthesized()) {
        proto.getOptionsBuilder().setPacked(isTrue(option));
      }
    }
    return proto;
  }

  private static FieldDescriptorProto.Label label(Field.@Nullable Label label) {
    return switch (label) {
      case REPEATED -> FieldDescriptorProto.Label.LABEL_REPEATED;
      case REQUIRED -> FieldDescriptorProto.Label.LABEL_REQUIRED;
      case OPTIONAL, ONE_OF -> FieldDescriptorProto.Label.LABEL_OPTIONAL;
      case null -> FieldDescriptorProto.Label.LABEL_OPTIONAL;
    };
  }

  private static void setType(FieldDescriptorProto.Builder field, String type) {
    FieldDescriptorProto.Type scalar = SCALARS.get(type);
    if (scalar == null) {
      field.setTypeName(type);
    } else {
      field.setType(scalar);
    }
  }

  private FieldDescriptorProto.Builder group(GroupElement group, DescriptorProto.Builder message) {
    DescriptorProto.Builder content = DescriptorProto.newBuilder().setName(group.getName());
    group.getFields().forEach(field -> content.addField(field(field, content)));
    message.addNestedType(content);
    return FieldDescriptorProto.newBuilder()
        .setName(group.getName().toLowerCase(Locale.ROOT))
        .setNumber(group.getTag())
        .setLabel(label(group.getLabel()))
        .setType(FieldDescriptorProto.Type.TYPE_GROUP)
        .setTypeName(group.getName());
  }

  private static DescriptorProto entry(String name, String key, String value) {
    DescriptorProto.Builder entry = DescriptorProto.newBuilder().setName(name);
    entry.getOptionsBuilder().setMapEntry(true);
    setType(
        entry
            .addFieldBuilder()
            .setName("key")
            .setNumber(1)
            .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL),
        key);
    setType(
        entry
            .addFieldBuilder()
            .setName("value")
            .setNumber(2)
            .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL),
        value);
    return entry.build();
  }

  private static String entryName(String field) {
    StringBuilder entry = new StringBuilder();
    for (String word : field.split("_")) {
      if (!word.isEmpty()) {
        entry.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
      }
    }
    return entry.append("Entry").toString();
  }

  private static EnumDescriptorProto enumeration(EnumElement element) {
    EnumDescriptorProto.Builder proto = EnumDescriptorProto.newBuilder().setName(element.getName());
    for (EnumConstantElement constant : element.getConstants()) {
      proto.addValueBuilder().setName(constant.getName()).setNumber(constant.getTag());
    }
    for (OptionElement option : element.getOptions()) {
      if (option.getName().equals("allow_alias")) {
        proto.getOptionsBuilder().setAllowAlias(isTrue(option));
      }
    }
    return proto.build();
  }

  private static boolean isTrue(OptionElement option) {
    return String.valueOf(option.getValue()).equals("true");
  }

  private static ServiceDescriptorProto service(ServiceElement service) {
    ServiceDescriptorProto.Builder proto =
        ServiceDescriptorProto.newBuilder().setName(service.getName());
    for (RpcElement rpc : service.getRpcs()) {
      proto
          .addMethodBuilder()
          .setName(rpc.getName())
          .setInputType(rpc.getRequestType())
          .setOutputType(rpc.getResponseType())
          .setClientStreaming(rpc.getRequestStreaming())
          .setServerStreaming(rpc.getResponseStreaming());
    }
    return proto.build();
  }
}
