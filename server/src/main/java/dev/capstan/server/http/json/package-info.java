/**
 * JSON at the door: strict reading of requests, and one description of a record for writing,
 * reading and its schema.
 */
@NullMarked
package dev.capstan.server.http.json;

import org.jspecify.annotations.NullMarked;
