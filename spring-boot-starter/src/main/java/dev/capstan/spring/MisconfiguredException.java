package dev.capstan.spring;

import java.util.List;

/** Properties are wrong or missing; the message says all of it. Shows nothing secret. */
public final class MisconfiguredException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String remedy;

  MisconfiguredException(List<String> faults, String remedy) {
    super(String.join("\n", faults));
    this.remedy = remedy;
  }

  /** What to do. */
  public String remedy() {
    return remedy;
  }
}
