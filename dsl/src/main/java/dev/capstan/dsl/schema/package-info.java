/** JSON schemas that users give for their data. */
@NullMarked
package dev.capstan.dsl.schema;

import org.jspecify.annotations.NullMarked;
