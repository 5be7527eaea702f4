package dev.capstan.sdk;

import com.fasterxml.jackson.databind.JavaType;
import dev.capstan.dsl.model.CallProtocols;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The functions that some objects have, as work of a worker. */
final class Functions implements Executor {
  private static final String KIND = "function:";

  /** With the prefix, what a node may say of itself. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._/-]{1,119}");

  /** Of heartbeats: shorter ones would be missed by any pause of the program. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofHours(24);

  private final Binding binding;
  private final Map<String, FunctionMethod> byKind = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();

  private Functions(Binding binding) {
    this.binding = binding;
  }

  /**
   * Finds them.
   *
   * @throws IllegalArgumentException when there is none, or with everything that is wrong with them
   */
  static Functions of(Collection<Object> targets, Binding binding) {
    Functions functions = new Functions(binding);
    targets.forEach(functions::find);
    if (functions.byKind.isEmpty() && functions.faults.isEmpty()) {
      functions.faults.add(
          "no method has @TaskFunction: give objects that have some to functions()");
    }
    if (!functions.faults.isEmpty()) {
      throw new IllegalArgumentException(
          "These functions can't be offered:\n- " + String.join("\n- ", functions.faults));
    }
    return functions;
  }

  private void find(Object target) {
    Set<String> seen = new HashSet<>();
    int before = byKind.size() + faults.size();
    // The superclasses too: what wraps an object in a subclass, to count calls for example, leaves
    // annotations behind.
    for (Class<?> type = target.getClass();
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      Arrays.stream(type.getDeclaredMethods())
          .filter(method -> method.isAnnotationPresent(TaskFunction.class) && !method.isBridge())
          .filter(
              method -> seen.add(method.getName() + Arrays.toString(method.getParameterTypes())))
          .forEach(method -> add(target, method));
    }
    if (byKind.size() + faults.size() == before) {
      faults.add(target.getClass().getName() + " has no method with @TaskFunction");
    }
  }

  private void add(Object target, Method method) {
    TaskFunction said = method.getAnnotation(TaskFunction.class);
    String name = said.value();
    String shown = method.getDeclaringClass().getName() + "." + method.getName();
    int before = faults.size();
    checkName(name, shown);
    checkResult(method, shown);
    Type input = input(method, shown);
    Duration heartbeat = heartbeat(said.heartbeat(), shown);
    if (!Modifier.isPublic(method.getModifiers())) {
      faults.add(shown + " must be public");
    } else if (!method.trySetAccessible()) {
      faults.add(shown + " can't be called from here: open its package to dev.capstan.sdk");
    }
    if (faults.size() > before) {
      return;
    }
    JavaType type = input == null ? null : binding.mapper().constructType(input);
    FunctionMethod function = new FunctionMethod(name, target, method, type, heartbeat, binding);
    FunctionMethod other = byKind.putIfAbsent(KIND + name, function);
    if (other != null) {
      faults.add("the name \"" + name + "\" is there twice: " + other.shown() + " and " + shown);
    }
  }

  private void checkName(String name, String shown) {
    if (!NAME.matcher(name).matches()) {
      faults.add(
          shown
              + " is called \""
              + name
              + "\"; a name has 1 to 119 letters, digits and . _ / - such as charge-card");
    } else if (CallProtocols.isOne(name)) {
      faults.add(shown + " is called \"" + name + "\", which is a call of the language itself");
    }
  }

  /** Null if there is none, or if it is wrong. */
  private @Nullable Duration heartbeat(String said, String shown) {
    if (said.isEmpty()) {
      return null;
    }
    try {
      Duration heartbeat = Duration.parse(said);
      if (heartbeat.compareTo(SHORTEST) >= 0 && heartbeat.compareTo(LONGEST) <= 0) {
        return heartbeat;
      }
    } catch (DateTimeParseException e) {
      // Told below, as one that is too short is.
    }
    faults.add(
        shown
            + " has the heartbeat \""
            + said
            + "\"; it takes an ISO 8601 duration from "
            + SHORTEST
            + " to "
            + LONGEST
            + " such as PT30S, or none");
    return null;
  }

  private void checkResult(Method method, String shown) {
    Class<?> result = method.getReturnType();
    if (Future.class.isAssignableFrom(result) || CompletionStage.class.isAssignableFrom(result)) {
      faults.add(
          shown
              + " returns a "
              + result.getSimpleName()
              + "; it must return the result itself: each call has a thread of its own and may block");
    }
  }

  /** The type of the arguments; null if there are none, or if something is wrong. */
  private @Nullable Type input(Method method, String shown) {
    Type input = null;
    int inputs = 0;
    int contexts = 0;
    for (Type type : method.getGenericParameterTypes()) {
      if (type.equals(TaskContext.class)) {
        contexts++;
      } else {
        inputs++;
        input = type;
      }
    }
    if (inputs > 1 || contexts > 1) {
      faults.add(
          shown
              + " has "
              + method.getParameterCount()
              + " parameters; there may be one for the arguments, such as a record of them, and one"
              + " TaskContext");
      return null;
    }
    if (input instanceof TypeVariable<?>) {
      faults.add(shown + " takes a " + input + "; the type of the arguments must be a class");
      return null;
    }
    return input;
  }

  @Override
  public List<String> kinds() {
    return List.copyOf(byKind.keySet());
  }

  @Override
  public Outcome run(Attempt attempt) throws Exception {
    FunctionMethod function = byKind.get(attempt.kind());
    if (function == null) {
      throw new TaskFault(
          ErrorType.CONFIGURATION.fault("Unknown function", attempt.kind() + " is not here."));
    }
    return new Outcome.Completed(function.call(attempt));
  }
}
