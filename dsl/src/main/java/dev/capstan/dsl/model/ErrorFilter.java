package dev.capstan.dsl.model;

import org.jspecify.annotations.Nullable;

/** Members that an error must have; null ones are not looked at. */
public record ErrorFilter(
    @Nullable String type,
    @Nullable Integer status,
    @Nullable String instance,
    @Nullable String title,
    @Nullable String detail) {}
