package dev.capstan.dsl.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A function of a catalog, as a call names it: {@code name:version@catalog} (specification: Using
 * Cataloged Functions).
 */
public record CatalogEntry(String name, String version, String catalog) {
  /** The catalog that engines bring along, unless a definition declares one of that name. */
  public static final String DEFAULT_CATALOG = "default";

  private static final Pattern FORM =
      Pattern.compile("([a-zA-Z0-9_][a-zA-Z0-9._-]*):([^:@/]+)@([^:@/]+)");

  /** What {@code call} names; null when it does not have the form. */
  public static @Nullable CatalogEntry parse(String call) {
    Matcher form = FORM.matcher(call);
    return form.matches() ? new CatalogEntry(form.group(1), form.group(2), form.group(3)) : null;
  }

  /** Whether {@code call} means a function of a catalog, in the right form or not. */
  public static boolean isMeant(String call) {
    return call.indexOf('@') >= 0 && !isUri(call);
  }

  /** Whether {@code call} is the URI of a function's document. */
  public static boolean isUri(String call) {
    return call.contains("://");
  }

  /** Where it stands below the root of its catalog (specification: Catalogs, File Structure). */
  public String path() {
    return "functions/" + name + "/" + version + "/function.yaml";
  }
}
