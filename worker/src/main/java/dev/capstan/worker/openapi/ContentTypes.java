package dev.capstan.worker.openapi;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Chooses among the content types that an operation offers. */
final class ContentTypes {

  private static final String JSON = "application/json";

  private ContentTypes() {}

  /** The one to send: JSON, then a form, then whatever comes first. */
  static @Nullable String toSend(Collection<String> offered) {
    Optional<String> json = offered.stream().filter(ContentTypes::isJson).findFirst();
    if (json.isPresent()) {
      return json.get();
    }
    for (String form : List.of(Body.FORM, Body.MULTIPART)) {
      if (offered.contains(form)) {
        return form;
      }
    }
    return offered.stream().findFirst().orElse(null);
  }

  /** The value of an Accept header: JSON alone if it is offered; null when nothing is. */
  static @Nullable String toAccept(Collection<String> offered) {
    List<String> wanted = offered.stream().filter(ContentTypes::isJson).limit(1).toList();
    Collection<String> accepted = wanted.isEmpty() ? offered : wanted;
    return accepted.isEmpty() ? null : String.join(", ", accepted) + ", */*;q=0.5";
  }

  /** Whether an object can be sent as this. */
  static boolean holdsMembers(String contentType) {
    return isJson(contentType)
        || contentType.startsWith(Body.FORM)
        || contentType.startsWith(Body.MULTIPART);
  }

  private static boolean isJson(String contentType) {
    String name = contentType.toLowerCase(Locale.ROOT);
    int parameters = name.indexOf(';');
    String bare = parameters < 0 ? name : name.substring(0, parameters).strip();
    return bare.equals(JSON) || bare.equals("text/json") || bare.endsWith("+json");
  }

  /** What a wildcard is sent as. */
  static String concrete(String contentType) {
    return contentType.contains("*") ? JSON : contentType;
  }
}
