package dev.capstan.sdk;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.TaskFault;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One function: a method of an object of the user.
 *
 * @param input what the arguments are bound to; null if the method does not take them
 * @param heartbeat how long nothing may be heard of a call; null for ever
 */
record FunctionMethod(
    String name,
    Object target,
    Method method,
    @Nullable JavaType input,
    @Nullable Duration heartbeat,
    Binding binding) {

  /** For people: where it is. */
  String shown() {
    return method.getDeclaringClass().getName() + "." + method.getName();
  }

  JsonNode call(Attempt attempt) throws Exception {
    if (heartbeat != null) {
      attempt.expectHeartbeats(heartbeat, silent(heartbeat));
    }
    try {
      return binding.output(method.invoke(target, parameters(attempt)));
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause();
      switch (thrown) {
        case TaskError error -> throw fault(error);
        case Exception other -> throw other;
        case Error other -> throw other;
        case null, default -> throw e;
      }
    } catch (TaskError error) {
      throw fault(error);
    }
  }

  private @Nullable Object[] parameters(Attempt attempt) {
    Class<?>[] types = method.getParameterTypes();
    @Nullable Object[] parameters = new @Nullable Object[types.length];
    for (int i = 0; i < types.length; i++) {
      parameters[i] =
          input == null || types[i].equals(TaskContext.class)
              ? new AttemptContext(attempt)
              : binding.input(attempt.arguments(), input);
    }
    return parameters;
  }

  private Fault silent(Duration within) {
    return ErrorType.TIMEOUT.fault(
        "Function not heard of",
        "The function '" + name + "' was not heard of for " + within + ", its heartbeat.");
  }

  private static TaskFault fault(TaskError error) {
    return new TaskFault(new Fault(error.type(), error.status(), error.title(), error.detail()));
  }
}
