package dev.capstan.sdk;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A public method that workflows call: {@code call: charge-card} runs the method with
 * {@code @TaskFunction("charge-card")}.
 *
 * <p>It may have one parameter for the arguments, of any type that Jackson can bind, usually a
 * record whose components are the names under {@code with}; and one {@link TaskContext}. What it
 * returns is the task's output; nothing is null. It runs on a virtual thread of its own, so it may
 * block, and many calls of it run at a time.
 *
 * <p>A {@link TaskError} that it throws is the error of the task; any other exception is a {@code
 * runtime} error. A call may come twice, when a machine dies in the middle: {@link
 * TaskContext#idempotencyKey()} is the same then.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface TaskFunction {
  /** The name in the workflow: up to 119 letters, digits and {@code . _ / -}. */
  String value();
}
