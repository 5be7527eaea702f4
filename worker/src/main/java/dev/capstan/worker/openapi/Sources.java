package dev.capstan.worker.openapi;

import java.net.URI;
import java.util.Locale;

/** Says where a document is from, and what that means for servers it does not name in full. */
final class Sources {

  private Sources() {}

  /** The URI without query, which may hold secrets: for errors. */
  static String shown(URI uri) {
    String text = uri.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  /** Whether the document came over HTTP, from a server that may be the one it describes. */
  static boolean hasServer(URI uri) {
    return uri.getScheme() != null && isHttp(uri.getScheme()) && uri.getHost() != null;
  }

  static boolean isHttp(String scheme) {
    String lower = scheme.toLowerCase(Locale.ROOT);
    return lower.equals("http") || lower.equals("https");
  }
}
