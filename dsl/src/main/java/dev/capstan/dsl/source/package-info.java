/** YAML and JSON text as a tree of JSON values whose places in the text are known. */
@NullMarked
package dev.capstan.dsl.source;

import org.jspecify.annotations.NullMarked;
