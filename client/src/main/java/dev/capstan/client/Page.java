package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A page of a list; {@code next} asks for the one after it and is null on the last. */
public record Page<T>(List<T> items, @Nullable String next) {
  /** A page. */
  public Page {
    items = List.copyOf(items);
  }
}
