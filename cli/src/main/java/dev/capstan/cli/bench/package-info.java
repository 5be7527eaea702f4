/**
 * The load generator: how fast an engine is on this machine, measured from outside, as a report.
 */
@NullMarked
package dev.capstan.cli.bench;

import org.jspecify.annotations.NullMarked;
