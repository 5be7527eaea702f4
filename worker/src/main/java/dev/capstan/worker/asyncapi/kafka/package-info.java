/** Messages by way of Kafka brokers. */
@NullMarked
package dev.capstan.worker.asyncapi.kafka;

import org.jspecify.annotations.NullMarked;
