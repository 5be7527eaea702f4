package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * Which page of a list is wanted.
 *
 * @param limit how many items at most, 1 to 1000
 * @param cursor {@link Page#next()} of the page before; null for the first
 */
public record PageRequest(int limit, @Nullable String cursor) {
  /** The first page with at most this many items. */
  public static PageRequest first(int limit) {
    return new PageRequest(limit, null);
  }

  /** The page after one. */
  public PageRequest after(Page<?> page) {
    return new PageRequest(limit, page.next());
  }
}
