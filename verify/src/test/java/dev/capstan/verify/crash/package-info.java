/** Real processes that die at any moment, and what must be true of their data afterwards. */
@NullMarked
package dev.capstan.verify.crash;

import org.jspecify.annotations.NullMarked;
