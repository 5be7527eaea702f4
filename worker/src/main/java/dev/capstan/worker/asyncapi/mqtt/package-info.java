/** Messages by way of MQTT brokers. */
@NullMarked
package dev.capstan.worker.asyncapi.mqtt;

import org.jspecify.annotations.NullMarked;
