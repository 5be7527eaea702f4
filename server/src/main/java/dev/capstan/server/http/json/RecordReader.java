package dev.capstan.server.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Refusal;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object into a record and refuses what the record does not have: a mistyped member
 * must not be silently without effect. All faults are told at once.
 */
public final class RecordReader {
  private final List<Refusal.Detail> faults = new ArrayList<>();

  private RecordReader() {}

  /**
   * The record of an object.
   *
   * @throws Refusal with a pointer for every fault
   */
  public static <R extends Record> R read(JsonNode json, Class<R> type) {
    RecordReader reader = new RecordReader();
    Object value = reader.record(json, type, "");
    if (!reader.faults.isEmpty() || value == null) {
      Refusal.Detail first = reader.faults.getFirst();
      String more =
          reader.faults.size() == 1 ? "" : " (and " + (reader.faults.size() - 1) + " more)";
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST, first.message() + more, first.hint(), null, reader.faults);
    }
    return type.cast(value);
  }

  private @Nullable Object record(JsonNode json, Class<?> type, String pointer) {
    if (!json.isObject()) {
      return fault(pointer, "must be an object, not " + kind(json));
    }
    RecordShape shape = RecordShape.of(type);
    List<String> names = shape.members().stream().map(RecordShape.Member::name).toList();
    for (var member : json.properties()) {
      if (!names.contains(member.getKey())) {
        unknown(member.getKey(), names, pointer);
      }
    }
    int before = faults.size();
    List<@Nullable Object> values = new ArrayList<>();
    for (RecordShape.Member member : shape.members()) {
      values.add(member(json.get(member.name()), member, pointer + "/" + member.name()));
    }
    return faults.size() > before ? null : shape.create(values);
  }

  private @Nullable Object member(
      @Nullable JsonNode json, RecordShape.Member member, String pointer) {
    boolean absent = json == null || (json.isNull() && member.type() != JsonNode.class);
    if (json == null || absent) {
      return member.optional() ? null : fault(pointer, "is missing");
    }
    return value(json, member.type(), pointer);
  }

  private @Nullable Object value(JsonNode json, Type type, String pointer) {
    Class<?> raw = RecordShape.rawType(type);
    if (raw == JsonNode.class) {
      return json;
    }
    if (raw == String.class) {
      return json.isTextual()
          ? json.textValue()
          : fault(pointer, "must be a text, not " + kind(json));
    }
    if (raw == Boolean.class || raw == boolean.class) {
      return json.isBoolean()
          ? (Object) json.booleanValue()
          : fault(pointer, "must be true or false, not " + kind(json));
    }
    if (raw == Long.class || raw == long.class) {
      return json.canConvertToLong() && json.isIntegralNumber()
          ? (Object) json.longValue()
          : fault(pointer, "must be a whole number, not " + kind(json));
    }
    if (raw == Double.class || raw == double.class) {
      return json.isNumber()
          ? (Object) json.doubleValue()
          : fault(pointer, "must be a number, not " + kind(json));
    }
    if (raw == List.class) {
      return list(json, RecordShape.argument(type, 0), pointer);
    }
    if (raw == Map.class) {
      return map(json, RecordShape.argument(type, 1), pointer);
    }
    return record(json, raw, pointer);
  }

  private @Nullable Object list(JsonNode json, Type element, String pointer) {
    if (!json.isArray()) {
      return fault(pointer, "must be a list, not " + kind(json));
    }
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      list.add(value(json.get(i), element, pointer + "/" + i));
    }
    return list;
  }

  private @Nullable Object map(JsonNode json, Type element, String pointer) {
    if (!json.isObject()) {
      return fault(pointer, "must be an object, not " + kind(json));
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (var member : json.properties()) {
      map.put(
          member.getKey(),
          value(member.getValue(), element, pointer + "/" + Pointers.escape(member.getKey())));
    }
    return map;
  }

  private void unknown(String name, List<String> names, String pointer) {
    String nearest = Nearest.to(name, names);
    String known = "known here: " + String.join(", ", names);
    String hint = nearest == null ? known : "did you mean \"" + nearest + "\"? " + known;
    String at = pointer + "/" + Pointers.escape(name);
    String where = pointer.isEmpty() ? "" : " in \"" + pointer + "\"";
    faults.add(detail(at, "unknown member \"" + name + "\"" + where, hint));
  }

  private @Nullable Object fault(String pointer, String what) {
    faults.add(
        detail(
            pointer, (pointer.isEmpty() ? "the body" : "\"" + pointer + "\"") + " " + what, null));
    return null;
  }

  private static Refusal.Detail detail(String pointer, String message, @Nullable String hint) {
    return new Refusal.Detail(Refusal.Code.INVALID_REQUEST.id(), pointer, 0, 0, message, hint);
  }

  private static String kind(JsonNode json) {
    return switch (json.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT, POJO -> "an object";
      case STRING, BINARY -> "a text";
      case NUMBER -> "the number " + json;
      case BOOLEAN -> json.toString();
      case NULL -> "null";
      case MISSING -> "nothing";
    };
  }
}
