/** Moving many executions to another version of their workflow. */
@NullMarked
package dev.capstan.cli.migration;

import org.jspecify.annotations.NullMarked;
