/** Messages and confirmations between coordinators, without a network. */
@NullMarked
package dev.capstan.server.post;

import org.jspecify.annotations.NullMarked;
