/** A small shop's back office on loopback that fails now and then, for the examples. */
@NullMarked
package dev.capstan.cli.demo;

import org.jspecify.annotations.NullMarked;
