package dev.capstan.server.boot;

import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.HttpTls;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.server.log.Dismissal;
import dev.capstan.server.membership.Intruders;
import dev.capstan.server.membership.KeyDoor;
import dev.capstan.server.membership.Roster;
import io.netty.handler.ssl.SslContext;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * What a coordinator of a cluster has beyond one that only loopback reaches: who it is, whom it
 * believes, and who else there is.
 *
 * @param identity who it is
 * @param place where it is reached
 * @param roster who belongs to the cluster; filled from the rows
 * @param authorities sign when it leads
 * @param trust looks at callers of gRPC again
 * @param grpc for workers and clients
 * @param http for clients
 * @param onward for requests that are sent on to the coordinator that leads
 * @param asNode for calls to other coordinators in which it shows who it is
 * @param intruders hears of those that were not let in
 * @param door lets those in who show an API key
 * @param onwardGrpc the same for gRPC
 * @param keys what it shows of itself, by purpose
 * @param remainingVotes keep those in that were put out and still have a vote
 * @param dismissal what the others say of whether this coordinator still belongs to the cluster
 * @param home where its keys are
 */
record Protection(
    NodeIdentity identity,
    CoordinatorPlace place,
    Roster roster,
    Authorities authorities,
    NodeTrust trust,
    SslContext grpc,
    HttpTls http,
    SSLContext onward,
    SslContext asNode,
    Intruders intruders,
    KeyDoor door,
    SslContext onwardGrpc,
    Map<Purpose, NodeKeys> keys,
    RemainingVotes remainingVotes,
    Dismissal dismissal,
    NodeHome home) {
  /** Whether this coordinator was put out, as its rows or the others say. */
  boolean isPutOut() {
    return isOut() || isDismissed();
  }

  /** Whether the rows say that this coordinator was put out. */
  boolean isOut() {
    return !roster.coordinators().isEmpty() && roster.isEvicted(identity);
  }

  /** Whether the others have said for long enough that it was, and has no vote any more. */
  boolean isDismissed() {
    return dismissal.isSaidFor(PutOut.LONGEST);
  }
}
