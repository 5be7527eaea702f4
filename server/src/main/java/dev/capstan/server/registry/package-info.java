/**
 * What is deployed: definitions by name and version, and what starts executions of them without a
 * client.
 */
@NullMarked
package dev.capstan.server.registry;

import org.jspecify.annotations.NullMarked;
