/**
 * A worker node: its sessions with the coordinators, its slots, and the attempts that run in them.
 */
@NullMarked
package dev.capstan.worker;

import org.jspecify.annotations.NullMarked;
