/** Messages by way of AMQP 0-9-1 brokers. */
@NullMarked
package dev.capstan.worker.asyncapi.amqp;

import org.jspecify.annotations.NullMarked;
