/**
 * Test files of users: cases of a workflow with what tasks answer, which events arrive, and what
 * must come out. They run in an engine in memory, in virtual time.
 */
@NullMarked
package dev.capstan.testkit.cases;

import org.jspecify.annotations.NullMarked;
