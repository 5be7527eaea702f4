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
 *
 * <p>That the program goes on does not show that a call in it does: give long ones a {@link
 * #heartbeat()}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface TaskFunction {
  /** The name in the workflow: up to 119 letters, digits and {@code . _ / -}. */
  String value();

  /**
   * How long nothing may be heard of a call, as an ISO 8601 duration from {@code PT1S} to {@code
   * PT24H}, such as {@code PT30S}; it may be silent for ever when empty.
   *
   * <p>{@link TaskContext#heartbeat()} and {@link TaskContext#progress} are heard; a call without
   * them has to end within that time. One that is silent for longer, or an eighth more, is
   * cancelled, and the task fails at once with a {@code timeout} error (408), which the workflow
   * can catch and try again. What the method returns or throws after that counts for nothing, and
   * its slot stays taken until it does.
   */
  String heartbeat() default "";
}
