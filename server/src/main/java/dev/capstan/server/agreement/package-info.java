/**
 * Whether replicas have the same state. Each keeps a digest that runs over all changes that it has
 * applied; two that are equal at the same index have applied the same changes in the same order.
 */
@NullMarked
package dev.capstan.server.agreement;

import org.jspecify.annotations.NullMarked;
