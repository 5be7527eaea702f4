package dev.capstan.dsl.model;

import dev.capstan.dsl.expression.Template;
import org.jspecify.annotations.Nullable;

/**
 * Where a function is fetched from.
 *
 * @param endpoint a URI, or an object of a URI and an authentication: that of the function's own
 *     document, or that of a catalog
 * @param entry the function's place in that catalog; null when the endpoint is the document itself
 */
public record FunctionSource(Template endpoint, @Nullable CatalogEntry entry) {}
