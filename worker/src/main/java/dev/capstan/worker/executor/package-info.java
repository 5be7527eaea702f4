/**
 * What runs a task on a node: the contract between the worker and everything that can carry out an
 * attempt.
 */
@NullMarked
package dev.capstan.worker.executor;

import org.jspecify.annotations.NullMarked;
