/** Tests of moving many executions. */
@NullMarked
package dev.capstan.cli.migration;

import org.jspecify.annotations.NullMarked;
