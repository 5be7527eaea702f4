package dev.capstan.worker.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UninitializedMessageException;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.JsonFormat.TypeRegistry;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.NearNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Messages as JSON, by the JSON mapping of Protocol Buffers. Fields without presence are always
 * there, with their defaults: for an expression, what is missing is null.
 */
final class Messages {

  private static final String WELL_KNOWN = "google.protobuf.";

  private final JsonFormat.Parser parser;
  private final JsonFormat.Printer printer;

  Messages(TypeRegistry types) {
    parser = JsonFormat.parser().usingTypeRegistry(types);
    printer =
        JsonFormat.printer()
            .usingTypeRegistry(types)
            .alwaysPrintFieldsWithNoPresence()
            .omittingInsignificantWhitespace();
  }

  /**
   * The message that a value stands for.
   *
   * @param path names the value in errors
   * @throws dev.capstan.worker.executor.TaskFault of type {@code validation} when it is not one
   */
  DynamicMessage read(JsonNode value, Descriptor type, String path) {
    requireKnownFields(value, type, path);
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    try {
      parser.merge(value.toString(), message);
      return message.build();
    } catch (InvalidProtocolBufferException | UninitializedMessageException e) {
      throw Faults.arguments(
          "'" + path + "' is no " + type.getFullName() + ": " + e.getMessage() + ".");
    }
  }

  /**
   * The value of a message.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code communication} when it holds what
   *     the proto does not describe
   */
  JsonNode write(DynamicMessage message) {
    try {
      return Json.read(printer.print(message).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw Faults.answer(
          "Unreadable response",
          "The server sent a "
              + message.getDescriptorForType().getFullName()
              + " that has no JSON: "
              + e.getMessage());
    }
  }

  /** The parser of the library would say which field, and not where. */
  private static void requireKnownFields(JsonNode value, Descriptor type, String path) {
    if (type.getFullName().startsWith(WELL_KNOWN)) {
      return;
    }
    if (!value.isObject()) {
      throw Faults.arguments(
          "'"
              + path
              + "' must be an object with the fields of "
              + type.getFullName()
              + ", not "
              + Arguments.shape(value)
              + ".");
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      FieldDescriptor field = field(type, entry.getKey(), path);
      requireKnownFieldsIn(entry.getValue(), field, path + "." + entry.getKey());
    }
  }

  private static void requireKnownFieldsIn(JsonNode value, FieldDescriptor field, String path) {
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || value.isNull()) {
      return;
    }
    if (field.isMapField()) {
      FieldDescriptor values = field.getMessageType().findFieldByNumber(2);
      value
          .properties()
          .forEach(
              each -> requireKnownFieldsIn(each.getValue(), values, path + "." + each.getKey()));
    } else if (field.isRepeated()) {
      int index = 0;
      for (JsonNode element : value) {
        requireKnownFields(element, field.getMessageType(), path + "[" + index++ + "]");
      }
    } else {
      requireKnownFields(value, field.getMessageType(), path);
    }
  }

  private static FieldDescriptor field(Descriptor type, String name, String path) {
    List<String> names = new ArrayList<>();
    for (FieldDescriptor field : type.getFields()) {
      if (field.getName().equals(name) || field.getJsonName().equals(name)) {
        return field;
      }
      names.add(field.getJsonName());
    }
    List<String> near = NearNames.among(names, name);
    String hint =
        !near.isEmpty()
            ? " Near it are " + NearNames.listed(near) + "."
            : names.isEmpty() ? " It has no fields." : " It has " + NearNames.listed(names) + ".";
    throw Faults.arguments(
        "'" + path + "." + name + "' is not a field of " + type.getFullName() + "." + hint);
  }
}
