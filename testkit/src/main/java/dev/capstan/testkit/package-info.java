/** Tests workflows without a cluster: an engine in memory, whose time moves when it is told to. */
@NullMarked
package dev.capstan.testkit;

import org.jspecify.annotations.NullMarked;
