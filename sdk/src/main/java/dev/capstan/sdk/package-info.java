/**
 * For authors of applications: functions of their own, which workflows call by name, and the worker
 * that offers them to a cluster. Begin at {@link dev.capstan.sdk.Capstan#worker()}.
 */
@NullMarked
package dev.capstan.sdk;

import org.jspecify.annotations.NullMarked;
