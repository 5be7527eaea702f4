/** The conformance kit of the specification, run for real: coordinator, log, worker, HTTP. */
@NullMarked
package dev.capstan.verify.conformance;

import org.jspecify.annotations.NullMarked;
