/**
 * What a definition must look like and mean, and what to tell its author when it does not: {@link
 * dev.capstan.dsl.check.Grammar} says which properties stand where, {@link
 * dev.capstan.dsl.check.Checker} walks a definition along it.
 */
@NullMarked
package dev.capstan.dsl.check;

import org.jspecify.annotations.NullMarked;
