package dev.capstan.dsl.compile;

/** JSON pointers (RFC 6901). */
final class Pointers {
  private Pointers() {}

  static String child(String parent, String step) {
    boolean plain = step.indexOf('~') < 0 && step.indexOf('/') < 0;
    return parent + "/" + (plain ? step : step.replace("~", "~0").replace("/", "~1"));
  }
}
