package dev.capstan.sdk;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects of arguments, and output of what functions return. What does not fit is said
 * without its value, which may be secret.
 */
record Binding(ObjectMapper mapper) {

  /** Strict: an argument that nobody reads is most likely a misspelt one. */
  static Binding ofDefaults() {
    return new Binding(
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .findAndAddModules()
            .build());
  }

  @Nullable Object input(JsonNode arguments, JavaType type) {
    try {
      return mapper.readerFor(type).readValue(arguments);
    } catch (ValueInstantiationException e) {
      if (e.getCause() instanceof TaskError own) {
        throw own;
      }
      throw invalid(where(e) + why(e.getCause()));
    } catch (UnrecognizedPropertyException e) {
      throw invalid(
          where(e)
              + " is not an argument of this function; it has "
              + new TreeSet<>(e.getKnownPropertyIds()));
    } catch (MismatchedInputException e) {
      Class<?> wanted = e.getTargetType();
      throw invalid(
          where(e)
              + " is missing or is no "
              + (wanted == null ? type.getRawClass() : wanted).getSimpleName());
    } catch (JsonMappingException e) {
      throw invalid(where(e) + " can't be read as " + type.getRawClass().getSimpleName());
    } catch (JacksonException e) {
      throw invalid("'with' can't be read as " + type.getRawClass().getSimpleName());
    } catch (java.io.IOException e) {
      throw new AssertionError("nothing is read from outside", e);
    }
  }

  private static String why(@Nullable Throwable cause) {
    String message = cause == null ? null : cause.getMessage();
    return message == null ? " is refused" : ": " + message;
  }

  private static TaskFault invalid(String detail) {
    return new TaskFault(ErrorType.VALIDATION.fault("Invalid arguments", detail + "."));
  }

  private static String where(JsonMappingException e) {
    StringBuilder path = new StringBuilder("'with");
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append('.').append(step.getFieldName());
      }
    }
    return path.append('\'').toString();
  }

  JsonNode output(@Nullable Object result) {
    if (result == null) {
      return NullNode.getInstance();
    }
    try {
      JsonNode tree = mapper.valueToTree(result);
      return tree == null ? NullNode.getInstance() : tree;
    } catch (IllegalArgumentException e) {
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Unwritable result",
              "What the function returned, a "
                  + result.getClass().getName()
                  + ", can't be written as JSON."));
    }
  }
}
