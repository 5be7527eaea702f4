/** Trees and lines as they are shown. */
@NullMarked
package dev.capstan.cli.live;

import org.jspecify.annotations.NullMarked;
