package dev.capstan.core.decision;

import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.ErrorFilter;
import java.util.List;
import java.util.Objects;

/**
 * Which errors a filter takes: all its members must be equal (specification: Error Filter). Types
 * of the specification's former host names, and of the form that its first drafts used, mean the
 * same as today's.
 */
final class ErrorMatching {
  private static final String TODAY = "https://open-workflow-specification.org/spec/1.0.0/errors/";
  private static final List<String> FORMER =
      List.of(
          "https://serverlessworkflow.io/spec/1.0.0/errors/",
          "https://serverlessworkflow.io/dsl/errors/types/",
          "https://open-workflow-specification.org/dsl/errors/types/");

  private ErrorMatching() {}

  static boolean matches(ErrorFilter filter, WorkflowError error) {
    return (filter.type() == null || today(filter.type()).equals(today(error.type())))
        && (filter.status() == null || filter.status() == error.status())
        && (filter.instance() == null || Objects.equals(filter.instance(), error.instance()))
        && (filter.title() == null || Objects.equals(filter.title(), error.title()))
        && (filter.detail() == null || Objects.equals(filter.detail(), error.detail()));
  }

  private static String today(String type) {
    for (String former : FORMER) {
      if (type.startsWith(former)) {
        return TODAY + type.substring(former.length());
      }
    }
    return type;
  }
}
