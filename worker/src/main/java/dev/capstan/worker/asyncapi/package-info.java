/** Messages of services that an AsyncAPI document describes: {@code call:asyncapi}. */
@NullMarked
package dev.capstan.worker.asyncapi;

import org.jspecify.annotations.NullMarked;
