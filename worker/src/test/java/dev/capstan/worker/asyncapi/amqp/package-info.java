/** The way of messages by AMQP 0-9-1, with a real broker. */
@NullMarked
package dev.capstan.worker.asyncapi.amqp;

import org.jspecify.annotations.NullMarked;
