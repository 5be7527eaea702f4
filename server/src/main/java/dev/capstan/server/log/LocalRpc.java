package dev.capstan.server.log;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/**
 * The transport of a log with one replica: there is nobody to talk to, so no port is opened and no
 * transport library is loaded. Public with a public constructor because the library creates it by
 * name.
 */
public final class LocalRpc implements RpcType {

  @Override
  public String name() {
    return "LOCAL";
  }

  @Override
  public ServerFactory newFactory(Parameters parameters) {
    return new Factory(this);
  }

  private record Factory(RpcType type) implements ServerFactory {
    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new Nobody(type);
    }
  }

  private record Nobody(RpcType type) implements RaftServerRpc {
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("local", 1);

    @Override
    public RpcType getRpcType() {
      return type;
    }

    @Override
    public void start() {}

    @Override
    public InetSocketAddress getInetSocketAddress() {
      return NOWHERE;
    }

    @Override
    public void close() {}

    @Override
    public void handleException(RaftPeerId peer, Exception e, boolean reconnect) {}

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {}

    @Override
    public void addRaftPeers(RaftPeer... peers) {}

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) {
      throw nobody();
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) {
      throw nobody();
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) {
      throw nobody();
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(
        StartLeaderElectionRequestProto request) {
      throw nobody();
    }

    private static UnsupportedOperationException nobody() {
      return new UnsupportedOperationException("this log has one replica");
    }
  }
}
