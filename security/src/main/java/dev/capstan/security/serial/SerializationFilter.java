package dev.capstan.security.serial;

import java.io.ObjectInputFilter;
import java.util.List;

/**
 * Keeps Java's own serialization from making objects of what comes from outside. Nothing of ours
 * uses it; a library that does must not become a door. Every program installs the filter before it
 * does anything else.
 */
public final class SerializationFilter {
  private static final String LIMITS = "maxdepth=20;maxrefs=1000;maxbytes=65536;maxarray=1000";

  private SerializationFilter() {}

  /**
   * Lets no class through, in the whole of this process.
   *
   * @throws IllegalStateException if another filter is there, since then this one could not be set
   */
  public static void install() {
    install(List.of());
  }

  /**
   * Lets only these through, in the whole of this process. Doing so again with the same list does
   * nothing.
   *
   * @param allowed patterns as {@link ObjectInputFilter.Config#createFilter} takes them, such as
   *     {@code java.lang.Integer} or {@code java.util.*}
   * @throws IllegalStateException if another filter is there, since then this one could not be set
   */
  public static synchronized void install(List<String> allowed) {
    ObjectInputFilter wanted = filter(allowed);
    ObjectInputFilter present = ObjectInputFilter.Config.getSerialFilter();
    if (present == null) {
      ObjectInputFilter.Config.setSerialFilter(wanted);
    } else if (!present.toString().equals(wanted.toString())) {
      throw new IllegalStateException(
          "Another filter for Java serialization is set in this process ("
              + present
              + "); remove -Djdk.serialFilter and let Capstan set its own");
    }
  }

  static ObjectInputFilter filter(List<String> allowed) {
    String classes = allowed.isEmpty() ? "" : String.join(";", allowed) + ";";
    return ObjectInputFilter.Config.createFilter(LIMITS + ";" + classes + "!*");
  }
}
