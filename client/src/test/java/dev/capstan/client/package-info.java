/** The client against a server that answers as told. */
@NullMarked
package dev.capstan.client;

import org.jspecify.annotations.NullMarked;
