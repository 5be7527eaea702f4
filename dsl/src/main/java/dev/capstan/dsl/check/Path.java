package dev.capstan.dsl.check;

import org.jspecify.annotations.Nullable;

/** A JSON pointer under construction; becomes text only when something is found there. */
record Path(@Nullable Path parent, String step, boolean isItem) {
  static final Path ROOT = new Path(null, "", false);

  Path child(String name) {
    return new Path(this, name, false);
  }

  Path child(int index) {
    return new Path(this, Integer.toString(index), true);
  }

  /** For messages: the name of the value, or its number in its list. */
  String label() {
    if (parent == null) {
      return "a definition";
    }
    return isItem ? "item " + step + " of " + parent.label() : "\"" + Words.shortened(step) + "\"";
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
