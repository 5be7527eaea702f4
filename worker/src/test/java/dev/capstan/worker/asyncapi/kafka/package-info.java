/** The way of messages by Kafka, with a real broker. */
@NullMarked
package dev.capstan.worker.asyncapi.kafka;

import org.jspecify.annotations.NullMarked;
