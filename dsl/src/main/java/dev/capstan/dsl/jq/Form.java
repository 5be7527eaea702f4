package dev.capstan.dsl.jq;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A built-in function that takes expressions, or has several outputs, or paths. */
@FunctionalInterface
interface Form {
  /**
   * Makes the code of a call.
   *
   * @return the code, or null to leave this call to the definition in the prelude
   */
  @Nullable Expr compile(List<Expr> arguments);
}
