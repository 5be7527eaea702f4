/** Test files as tests of JUnit. Needs {@code junit-jupiter-api}, which tests of users have. */
@NullMarked
package dev.capstan.testkit.junit;

import org.jspecify.annotations.NullMarked;
