/**
 * Machines and a network between them, on one machine, for tests of real processes: each host is a
 * network namespace, and a switch of our own carries every frame, so that a test can cut, lose and
 * delay what it likes and read off how much of that has happened.
 *
 * <p>Everything lives in a user, mount, process and network namespace that the test made. So it
 * needs no root, touches nothing of the machine's own network, and ends as a whole with its first
 * process, even when the test's JVM is killed.
 */
@NullMarked
package dev.capstan.verify.lab;

import org.jspecify.annotations.NullMarked;
