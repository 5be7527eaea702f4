/** The canonical layout of definitions in YAML. */
@NullMarked
package dev.capstan.cli.layout;

import org.jspecify.annotations.NullMarked;
