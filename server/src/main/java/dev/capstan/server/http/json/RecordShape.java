package dev.capstan.server.http.json;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as a JSON object: its members in order, with their kinds. Made once per record. */
final class RecordShape {
  private static final ClassValue<RecordShape> SHAPES =
      new ClassValue<>() {
        @Override
        protected RecordShape computeValue(Class<?> type) {
          return new RecordShape(type);
        }
      };

  private final Class<?> type;
  private final List<Member> members = new ArrayList<>();
  private final MethodHandle constructor;

  private RecordShape(Class<?> type) {
    this.type = type;
    try {
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      List<Class<?>> parameters = new ArrayList<>();
      for (RecordComponent component : type.getRecordComponents()) {
        parameters.add(component.getType());
        members.add(
            new Member(
                component.getName(),
                component.getGenericType(),
                component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                component.getAnnotation(Described.class),
                lookup.unreflect(component.getAccessor())));
      }
      constructor =
          lookup.unreflectConstructor(
              type.getDeclaredConstructor(parameters.toArray(Class<?>[]::new)));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("No record that can be read: " + type, e);
    }
  }

  static RecordShape of(Class<?> type) {
    return SHAPES.get(type);
  }

  Class<?> type() {
    return type;
  }

  List<Member> members() {
    return members;
  }

  Object create(List<@Nullable Object> values) {
    try {
      return constructor.invokeWithArguments(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The type argument at a place, such as the element of a list. */
  static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  static Class<?> rawType(Type type) {
    return type instanceof ParameterizedType p ? (Class<?>) p.getRawType() : (Class<?>) type;
  }

  /** One member. */
  record Member(
      String name,
      Type type,
      boolean optional,
      @Nullable Described described,
      MethodHandle accessor) {
    @Nullable Object value(Object record) {
      try {
        return accessor.invoke(record);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
