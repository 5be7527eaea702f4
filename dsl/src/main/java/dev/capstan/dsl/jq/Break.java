package dev.capstan.dsl.jq;

/** Leaves a generator early: thrown to the one place that made it. */
final class Break extends RuntimeException {
  Break() {
    super(null, null, false, false);
  }
}
