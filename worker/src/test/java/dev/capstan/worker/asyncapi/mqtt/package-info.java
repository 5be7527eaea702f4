/** The way of messages by MQTT, with a real broker. */
@NullMarked
package dev.capstan.worker.asyncapi.mqtt;

import org.jspecify.annotations.NullMarked;
