package dev.capstan.dsl.check;

import org.jspecify.annotations.Nullable;

/** A JSON pointer under construction; becomes text only when something is found there. */
record Path(@Nullable Path parent, String step) {
  static final Path ROOT = new Path(null, "");

  Path child(String name) {
    return new Path(this, name);
  }

  Path child(int index) {
    return new Path(this, Integer.toString(index));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text);
    return text.toString();
  }

  private void append(StringBuilder text) {
    if (parent != null) {
      parent.append(text);
      text.append('/').append(step.replace("~", "~0").replace("/", "~1"));
    }
  }
}
