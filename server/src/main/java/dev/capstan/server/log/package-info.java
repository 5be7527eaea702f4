/** The replicated log: proposals in, committed entries out, in one order on every replica. */
@NullMarked
package dev.capstan.server.log;

import org.jspecify.annotations.NullMarked;
