/** How runs of test files are told: for people, for programs, and for builds. */
@NullMarked
package dev.capstan.cli.cases;

import org.jspecify.annotations.NullMarked;
