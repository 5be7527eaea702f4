/** What happens next: commands in, events and effects out. Pure. */
@NullMarked
package dev.capstan.core.decision;

import org.jspecify.annotations.NullMarked;
