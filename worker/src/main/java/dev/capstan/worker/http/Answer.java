package dev.capstan.worker.http;

import java.net.http.HttpHeaders;

/**
 * What a server answered, its content decoded.
 *
 * @param request what it answered: the last one of a chain of redirections
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Answer(HttpCall request, int status, HttpHeaders headers, byte[] content) {}
