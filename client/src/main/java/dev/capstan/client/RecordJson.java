package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The client's records from and to JSON. Members of an answer that the client does not know are
 * ignored, lists and maps that are missing are empty, anything else that is missing must be
 * nullable.
 */
public final class RecordJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private RecordJson() {}

  /** The object of a record, without members that are null. */
  public static ObjectNode write(Record value) {
    ObjectNode object = NODES.objectNode();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object part = invoke(component, value);
      if (part != null) {
        object.set(component.getName(), node(part));
      }
    }
    return object;
  }

  private static @Nullable Object invoke(RecordComponent component, Record value) {
    try {
      return component.getAccessor().invoke(value);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalArgumentException("Not a public record: " + value.getClass(), e);
    }
  }

  private static JsonNode node(@Nullable Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case JsonNode json -> json;
      case String text -> NODES.textNode(text);
      case Boolean flag -> NODES.booleanNode(flag);
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case Instant time -> NODES.textNode(time.toString());
      case Record record -> write(record);
      case List<?> list -> array(list);
      case Map<?, ?> map -> object(map);
      default -> throw new IllegalArgumentException("No JSON form for " + value.getClass());
    };
  }

  private static ArrayNode array(List<?> list) {
    ArrayNode array = NODES.arrayNode(list.size());
    list.forEach(item -> array.add(node(item)));
    return array;
  }

  private static ObjectNode object(Map<?, ?> map) {
    ObjectNode object = NODES.objectNode();
    map.forEach((name, value) -> object.set(String.valueOf(name), node(value)));
    return object;
  }

  /**
   * A record from its object.
   *
   * @throws IllegalArgumentException when the value does not have the form; the message says where
   */
  static <R extends Record> R read(JsonNode json, Class<R> type) {
    if (!json.isObject()) {
      throw new IllegalArgumentException(type.getSimpleName() + " is no object");
    }
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = member(json, components[i], type);
    }
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type.getSimpleName() + " can't be made: " + e, e);
    }
  }

  private static @Nullable Object member(JsonNode json, RecordComponent component, Class<?> owner) {
    JsonNode value = json.get(component.getName());
    Class<?> type = component.getType();
    if (value == null || (value.isNull() && type != JsonNode.class)) {
      return missing(component, owner);
    }
    try {
      return convert(value, component.getGenericType());
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          owner.getSimpleName() + "." + component.getName() + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable Object missing(RecordComponent component, Class<?> owner) {
    Class<?> type = component.getType();
    if (type == List.class) {
      return List.of();
    }
    if (type == Map.class) {
      return Map.of();
    }
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class) {
      return 0;
    }
    if (type == long.class) {
      return 0L;
    }
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      return null;
    }
    throw new IllegalArgumentException(
        owner.getSimpleName() + "." + component.getName() + " is missing");
  }

  private static Object convert(JsonNode value, Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      return generic.getRawType() == List.class
          ? list(value, arguments[0])
          : map(value, arguments[1]);
    }
    if (!(type instanceof Class<?> plain)) {
      throw new IllegalArgumentException("no value of type " + type);
    }
    if (plain == JsonNode.class) {
      return value;
    }
    if (plain == String.class && value.isTextual()) {
      return value.textValue();
    }
    if (plain == Instant.class && value.isTextual()) {
      return Instant.parse(value.textValue());
    }
    if (plain == boolean.class && value.isBoolean()) {
      return value.booleanValue();
    }
    if ((plain == int.class || plain == Integer.class) && value.canConvertToInt()) {
      return value.intValue();
    }
    if ((plain == long.class || plain == Long.class) && value.canConvertToLong()) {
      return value.longValue();
    }
    if (plain == Double.class && value.isNumber()) {
      return value.doubleValue();
    }
    if (plain.isRecord()) {
      return read(value, plain.asSubclass(Record.class));
    }
    throw new IllegalArgumentException("not a " + plain.getSimpleName());
  }

  private static List<Object> list(JsonNode value, Type item) {
    List<Object> items = new ArrayList<>(value.size());
    value.forEach(each -> items.add(convert(each, item)));
    return List.copyOf(items);
  }

  private static Map<String, Object> map(JsonNode value, Type item) {
    Map<String, Object> members = new LinkedHashMap<>();
    value
        .properties()
        .forEach(member -> members.put(member.getKey(), convert(member.getValue(), item)));
    return members;
  }
}
