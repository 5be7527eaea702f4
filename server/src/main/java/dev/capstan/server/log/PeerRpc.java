package dev.capstan.server.log;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * The library's calls over a {@link PeerNetwork}. One thread of the library for each follower sends
 * what has gathered and waits for the answer, so that batches grow with the load; nothing is
 * deserialized but the library's own protobuf messages. Public with a public constructor because
 * the library creates it by name.
 */
public final class PeerRpc implements RpcType {
  private static final String NETWORK = "capstan.peers";

  /** The last piece of a snapshot is answered when all of it is on the disk. */
  private static final Duration SNAPSHOT_TIMEOUT = Duration.ofSeconds(30);

  /** What the library is to be started with. */
  static Parameters parameters(PeerNetwork network, Duration timeout) {
    Parameters parameters = new Parameters();
    parameters.put(NETWORK, new Way(network, timeout), Way.class);
    return parameters;
  }

  private record Way(PeerNetwork network, Duration timeout) {}

  @Override
  public String name() {
    return "CAPSTAN";
  }

  @Override
  public ServerFactory newFactory(Parameters parameters) {
    return new Factory(this, parameters.getNonNull(NETWORK, Way.class));
  }

  private record Factory(RpcType type, Way way) implements ServerFactory {
    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new Peers(type, way, server, new Newcomer(server));
    }
  }

  private record Peers(RpcType type, Way way, RaftServer server, Newcomer newcomer)
      implements RaftServerRpc {
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("peer", 1);

    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public void start() throws IOException {
      way.network().serve(this::handle);
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
      return NOWHERE;
    }

    @Override
    public void close() {
      way.network().close();
    }

    @Override
    public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {}

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {}

    @Override
    public void addRaftPeers(RaftPeer... peers) {}

    private byte[] handle(PeerNetwork.Call call, @Nullable String caller, byte[] request)
        throws IOException {
      ByteString bytes = UnsafeByteOperations.unsafeWrap(request);
      return switch (call) {
        case VOTE -> {
          RequestVoteRequestProto vote = RequestVoteRequestProto.parseFrom(bytes);
          requireMeant(vote.getServerRequest(), caller);
          yield server.requestVote(vote).toByteArray();
        }
        case APPEND -> {
          AppendEntriesRequestProto entries = AppendEntriesRequestProto.parseFrom(bytes);
          requireMeant(entries.getServerRequest(), caller);
          yield newcomer.append(entries).toByteArray();
        }
        case SNAPSHOT -> {
          InstallSnapshotRequestProto snapshot = InstallSnapshotRequestProto.parseFrom(bytes);
          requireMeant(snapshot.getServerRequest(), caller);
          yield newcomer.install(snapshot).toByteArray();
        }
        case STAND -> {
          StartLeaderElectionRequestProto stand = StartLeaderElectionRequestProto.parseFrom(bytes);
          requireMeant(stand.getServerRequest(), caller);
          yield server.startLeaderElection(stand).toByteArray();
        }
        case REACH -> reach(bytes).toByteArray();
        case TERM -> {
          RaftRpcRequestProto question = RaftRpcRequestProto.parseFrom(bytes);
          requireMeant(question, caller);
          yield term(question).toByteArray();
        }
        case SILENCE -> {
          RaftRpcRequestProto question = RaftRpcRequestProto.parseFrom(bytes);
          requireMeant(question, caller);
          yield silence(question).toByteArray();
        }
        case STATE, PLACE, DELIVER, CURRENT, LET_LEAD, WHO ->
            throw new IOException("not a question for the log");
      };
    }

    /** The last entry of this replica's log; the question is the group's id. */
    private TermIndexProto reach(ByteString group) throws IOException {
      TermIndex last =
          server.getDivision(RaftGroupId.valueOf(group)).getRaftLog().getLastEntryTermIndex();
      return last == null ? TermIndexProto.getDefaultInstance() : last.toProto();
    }

    private TermIndexProto term(RaftRpcRequestProto question) throws IOException {
      RaftGroupId group = RaftGroupId.valueOf(question.getRaftGroupId().getId());
      long term = server.getDivision(group).getInfo().getCurrentTerm();
      return TermIndexProto.newBuilder().setTerm(term).build();
    }

    /**
     * In which term it is, and for how many milliseconds it has heard nothing of its leader; 0
     * where that is no silence by its own election timeout.
     */
    private TermIndexProto silence(RaftRpcRequestProto question) throws IOException {
      RaftGroupId group = RaftGroupId.valueOf(question.getRaftGroupId().getId());
      RaftServer.Division division = server.getDivision(group);
      long silent = SilenceWatch.silentMillis(division);
      long least =
          RaftServerConfigKeys.Rpc.timeoutMin(server.getProperties()).toLong(TimeUnit.MILLISECONDS);
      return TermIndexProto.newBuilder()
          .setTerm(division.getInfo().getCurrentTerm())
          .setIndex(silent >= least ? silent : 0)
          .build();
    }

    /**
     * Addresses change hands, and any coordinator has a good certificate: a vote must not be
     * counted as another replica's, nor an entry come from one that says to be another.
     */
    private void requireMeant(RaftRpcRequestProto request, @Nullable String caller)
        throws IOException {
      String meant = request.getReplyId().toStringUtf8();
      if (!meant.equals(server.getId().toString())) {
        throw new IOException("this is " + server.getId() + ", not " + meant);
      }
      String from = request.getRequestorId().toStringUtf8();
      if (caller != null && !caller.equals(from)) {
        throw new IOException("coordinator " + caller + " says to be " + from);
      }
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
      return newcomer.heard(
          RequestVoteReplyProto.parseFrom(
              call(PeerNetwork.Call.VOTE, request.getServerRequest(), request.toByteArray())));
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
        throws IOException {
      return AppendEntriesReplyProto.parseFrom(
          call(PeerNetwork.Call.APPEND, request.getServerRequest(), request.toByteArray()));
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
        throws IOException {
      RaftRpcRequestProto to = request.getServerRequest();
      machine(to).sends(request.getSnapshotChunk().getTermIndex().getIndex());
      return InstallSnapshotReplyProto.parseFrom(
          way.network()
              .call(
                  to.getReplyId().toStringUtf8(),
                  PeerNetwork.Call.SNAPSHOT,
                  request.toByteArray(),
                  SNAPSHOT_TIMEOUT));
    }

    private ConsumerStateMachine machine(RaftRpcRequestProto request) throws IOException {
      RaftGroupId group = RaftGroupId.valueOf(request.getRaftGroupId().getId());
      if (server.getDivision(group).getStateMachine() instanceof ConsumerStateMachine machine) {
        return machine;
      }
      throw new IOException("no log of ours: " + group);
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(
        StartLeaderElectionRequestProto request) throws IOException {
      return StartLeaderElectionReplyProto.parseFrom(
          call(PeerNetwork.Call.STAND, request.getServerRequest(), request.toByteArray()));
    }

    private byte[] call(PeerNetwork.Call call, RaftRpcRequestProto to, byte[] request)
        throws IOException {
      return way.network().call(to.getReplyId().toStringUtf8(), call, request, way.timeout());
    }
  }
}
