package dev.capstan.dsl.compile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.expression.Template;
import dev.capstan.dsl.model.ErrorFilter;
import dev.capstan.dsl.model.RetryPolicy;
import dev.capstan.dsl.model.Span;
import dev.capstan.dsl.model.Timeout;
import org.jspecify.annotations.Nullable;

/** Compiles durations, timeouts, retry policies and error filters. */
final class Policies {
  private final Templates templates;
  private final Reuse reuse;

  Policies(Templates templates, Reuse reuse) {
    this.templates = templates;
    this.reuse = reuse;
  }

  @Nullable Timeout timeout(@Nullable JsonNode value) {
    return value == null
        ? null
        : new Timeout(span(reuse.resolve("timeouts", value).required("after")));
  }

  Span span(JsonNode value) {
    return new Span(value.isTextual() ? templates.value(value) : new Template.Constant(value));
  }

  @Nullable Span optionalSpan(@Nullable JsonNode value) {
    return value == null ? null : span(value);
  }

  @Nullable RetryPolicy retry(@Nullable JsonNode value) {
    if (value == null) {
      return null;
    }
    JsonNode policy = reuse.resolve("retries", value);
    JsonNode limit = policy.path("limit");
    JsonNode count = limit.path("attempt").get("count");
    JsonNode jitter = policy.get("jitter");
    return new RetryPolicy(
        templates.optional(policy.get("when")),
        templates.optional(policy.get("exceptWhen")),
        optionalSpan(policy.get("delay")),
        backoff(policy.path("backoff")),
        count == null ? null : count.intValue(),
        optionalSpan(limit.path("attempt").get("duration")),
        optionalSpan(limit.get("duration")),
        jitter == null
            ? null
            : new RetryPolicy.Jitter(span(jitter.required("from")), span(jitter.required("to"))));
  }

  private static RetryPolicy.Backoff backoff(JsonNode value) {
    if (value.has("exponential")) {
      return RetryPolicy.Backoff.EXPONENTIAL;
    }
    return value.has("linear") ? RetryPolicy.Backoff.LINEAR : RetryPolicy.Backoff.CONSTANT;
  }

  static @Nullable ErrorFilter errorFilter(JsonNode errors) {
    JsonNode with = errors.get("with");
    if (with == null) {
      return null;
    }
    JsonNode status = with.get("status");
    return new ErrorFilter(
        text(with, "type"),
        status == null ? null : status.intValue(),
        text(with, "instance"),
        text(with, "title"),
        text(with, "detail"));
  }

  /** The text of a property; null when it is absent. */
  static @Nullable String text(JsonNode object, String property) {
    JsonNode value = object.get(property);
    return value == null ? null : value.textValue();
  }
}
