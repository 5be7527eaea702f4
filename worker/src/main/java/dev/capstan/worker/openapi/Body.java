package dev.capstan.worker.openapi;

import java.util.Set;

/**
 * The body of an operation's request.
 *
 * @param names by which the whole of it can be given
 * @param contentType what it is sent as
 * @param members what can be given of it one by one
 */
record Body(Set<String> names, boolean required, String contentType, Members members) {

  static final String FORM = "application/x-www-form-urlencoded";

  static final String MULTIPART = "multipart/form-data";
}
