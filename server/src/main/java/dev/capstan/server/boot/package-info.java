/** Puts a coordinator together, gives its loops their threads, and takes it apart in order. */
@NullMarked
package dev.capstan.server.boot;

import org.jspecify.annotations.NullMarked;
